"""The instance's certificate authority and what it signed. Both are kept: a second start signs nothing."""

import fcntl
import hashlib
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

ORGANIZATION: Final = "Local Cloud"


class Authority:
    """Signs certificates under one folder, which several processes may share."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.ca_file = folder / "ca.pem"
        self._key_file = folder / "ca.key"

    def ensure(self) -> Path:
        """Make the authority unless it is there. Return its certificate's path."""
        if not self.ca_file.exists():
            with self._locked():
                if not self.ca_file.exists():
                    self._create()
        return self.ca_file

    def certificate(self, names: Sequence[str]) -> tuple[Path, Path]:
        """Return (certificate chain, private key) for these DNS names or IP addresses; signed at the first call."""
        self.ensure()
        stem = hashlib.sha256("\n".join([ORGANIZATION, *names]).encode()).hexdigest()[:24]
        chain, key = self.folder / f"{stem}.pem", self.folder / f"{stem}.key"
        if not chain.exists():
            with self._locked():
                if not chain.exists():
                    self._sign(names, chain, key)
        return chain, key

    def _create(self) -> None:
        import trustme

        authority = trustme.CA(organization_name=ORGANIZATION, organization_unit_name="Local Cloud Root CA")
        _write_private(self._key_file, authority.private_key_pem.bytes())
        _write_public(self.ca_file, authority.cert_pem.bytes())

    def _sign(self, names: Sequence[str], chain: Path, key: Path) -> None:
        import trustme

        authority = trustme.CA.from_pem(self.ca_file.read_bytes(), self._key_file.read_bytes())
        # A common name holds 64 characters, RDS's names are longer: the names are in the subject's alternatives alone.
        leaf = authority.issue_cert(*names, organization_name=ORGANIZATION, organization_unit_name="Servers")
        _write_private(key, leaf.private_key_pem.bytes())
        _write_public(chain, b"".join(part.bytes() for part in leaf.cert_chain_pems))

    @contextmanager
    def _locked(self) -> Iterator[None]:
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


def _write_private(path: Path, content: bytes) -> None:
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as file:
        file.write(content)


def _write_public(path: Path, content: bytes) -> None:
    temporary = path.with_suffix(".new")
    temporary.write_bytes(content)
    temporary.chmod(0o644)
    temporary.replace(path)
