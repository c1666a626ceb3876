"""A stack's state on this machine: what the engine in process works on, and which content of a bucket it came from."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import msgspec

from estate.errors import BreiqError
from stackops.states.bucket import Kept
from stackops.states.checkpoint import EMPTY, StackState, from_checkpoint, from_export

REMEMBERED: Final = 50
"""So many earlier contents are known again when a bucket shows one of them."""


class Origin(msgspec.Struct, frozen=True):
    """With what the copy was level last: the bucket, the ETag there, and the digests of all contents that it was level
    with, the last one last.
    """

    bucket: str
    etag: str
    digests: list[str]


class Exchange(msgspec.Struct, frozen=True):
    """What Pulumi's CLI held and what was here when both were made one: digests."""

    theirs: str
    ours: str


class WorkingCopy:
    """One stack's file, and beside it `<stack>.origin`."""

    def __init__(self, folder: Path, stack: str) -> None:
        self.stack, self.path = stack, folder / f"{stack}.json"
        self._origin_path, self._lock_path = folder / f"{stack}.origin", folder / f"{stack}.lock"
        self._exchange_path = folder / f"{stack}.exchanged"

    def state(self) -> StackState | None:
        """Return the state, or None when nothing is here.

        Raises BreiqError `state_unusable` when it is damaged, `state_broken` when Pulumi's CLI would not take it.
        """
        state = self.read()
        if state is not None:
            state.refuse_broken(self.path)
        return state

    def read(self) -> StackState | None:
        """Return the state, be it broken or not; None when nothing is here. Raises BreiqError `state_unusable`."""
        if not self.path.exists():
            return None
        try:
            return from_export(self.stack, self.path.read_bytes())
        except BreiqError as error:
            raise BreiqError(
                error.code,
                error.category,
                f"{self.path} is not a valid state of {self.stack}",
                remedy=f"move it away: the next command uses the state in the bucket, and breiqctl estate drift shows "
                f"what only {self.path.name} knew",
            ) from error

    def origin(self) -> Origin | None:
        """Return with what it was level last; None when it never was, or nobody can tell any more."""
        try:
            return msgspec.json.decode(self._origin_path.read_bytes(), type=Origin)
        except (FileNotFoundError, msgspec.DecodeError):
            return None

    def last_saved(self) -> datetime:
        """Return when an engine wrote what is here; where nothing is, when that was found to be so."""
        state = self.read()
        if state is not None:
            return state.saved_at
        known_s = self._origin_path.stat().st_mtime if self._origin_path.exists() else 0.0
        return datetime.fromtimestamp(known_s, UTC)

    def go_on_from(self, state: StackState) -> None:
        """Let the copy be a state that no bucket has seen: what another engine made of this one.

        Raises BreiqError `state_broken` (refused) when Pulumi's CLI would not take it.
        """
        state.refuse_broken(f"what shall become {self.path}")
        with self._locked():
            _write(self.path, state.export())  # an empty one too: a copy that is gone would be taken from the bucket

    def note_exchange(self, theirs: Path) -> None:
        """Remember that what the CLI keeps in this file, and what is here, are one."""
        left = from_checkpoint(self.stack, theirs.read_bytes()) if theirs.exists() else None
        with self._locked():
            _write(self._exchange_path, msgspec.json.encode(Exchange(_digest(left), _digest(self.read()))))

    def exchanged(self) -> Exchange | None:
        """Return what was one with the CLI last; None when nothing was, or nobody can tell any more."""
        try:
            return msgspec.json.decode(self._exchange_path.read_bytes(), type=Exchange)
        except (FileNotFoundError, msgspec.DecodeError):
            return None

    @contextmanager
    def held(self) -> Iterator[None]:
        """Keep the engine in process from the stack inside a `with`. Raises BreiqError `stack_locked` (refused)."""
        with self._locked():
            yield

    def take(self, bucket: str, kept: Kept) -> None:
        """Let the copy be what a bucket holds."""
        with self._locked():
            if kept.state.digest == EMPTY:
                self.path.unlink(missing_ok=True)
            else:
                _write(self.path, kept.state.export())
        self.note(bucket, kept.etag, kept.state.digest)

    def note(self, bucket: str, etag: str, digest: str) -> None:
        """Remember that a bucket holds the content of this digest, from which the copy goes on, or which it is."""
        origin = self.origin()
        known = [one for one in (origin.digests if origin else ()) if one != digest]
        with self._locked():
            document = Origin(bucket, etag, [*known, digest][-REMEMBERED:])
            _write(self._origin_path, msgspec.json.encode(document))

    def forget(self) -> None:
        """Remember nothing of any bucket."""
        self._origin_path.unlink(missing_ok=True)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """Hold the lock that an apply holds. Raises BreiqError `stack_locked` (refused) when another process does."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self._lock_path.open("w") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise BreiqError(
                    "stack_locked",
                    "refused",
                    f"stack {self.stack}: another process is changing it",
                    remedy="wait until that process has ended, then run it again",
                    retryable=True,
                ) from error
            yield


def _digest(state: StackState | None) -> str:
    return state.digest if state is not None else EMPTY


def _write(path: Path, text: bytes) -> None:
    """Let the file be the text, readable by its owner alone; whole at every moment."""
    beside = path.with_name(f"{path.name}.new")
    beside.touch(mode=0o600)
    beside.write_bytes(text)
    beside.rename(path)
