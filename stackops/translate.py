"""The engine's errors in the words that people and scripts read."""

import re
from collections.abc import Mapping
from typing import Final

from estate.errors import BreiqError
from provisioner import errors
from releases.secrets import LOCAL, RESTORE_LOCALLY

AGAIN: Final = "run it again: what was made is in the state, and is not made twice"
READ_AGAIN: Final = "breiqctl status shows whether a region does not answer; then run it again: nothing was changed"


class Translated:
    """Turns the engine's errors into ours, inside a `with`. `reads`: what it does there changes nothing."""

    def __init__(self, *, reads: bool = False) -> None:
        self._again = READ_AGAIN if reads else AGAIN

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: object) -> None:
        if not isinstance(error, errors.ProvisionerError):
            return
        refused = isinstance(error, _REFUSALS)
        raise BreiqError(
            _CODES.get(type(error), "estate_failed"),
            "refused" if refused else "permanent",
            str(error),
            cause=str(error.__cause__) if error.__cause__ else None,
            remedy=_remedy(error, self._again),
            retryable=not refused,
        ) from error


def _remedy(error: errors.ProvisionerError, again: str) -> str:
    cause = error.__cause__
    if isinstance(cause, errors.ExistsError):
        return (
            f"if it is the one that is wanted: breiqctl estate import TYPE NAME {cause.resource_id}, and the next apply"
            " makes it what the program says; else delete it, or give the other one another name"
        )
    if isinstance(error, errors.ResourceFailedError) and (secret := _SECRET.search(error.urn)):
        return _restored(secret[1])
    return _REMEDIES.get(type(error), again)


def _restored(secret: str) -> str:
    """Return what to do about a secret that the program looks up by name, and that cannot be read."""
    if secret.startswith(LOCAL):
        return RESTORE_LOCALLY
    return (
        f"aws secretsmanager describe-secret --secret-id {secret} says whether it is being deleted: then aws "
        f"secretsmanager restore-secret --secret-id {secret}; one that the bootstrap has not made yet: breiqctl "
        "bootstrap apply"
    )


_SECRET: Final = re.compile(r"::aws:secretsmanager/getSecret(?:Version)?:.*?'(?:name|secretId|secret_id)': '([^']+)'")
"""A question for a secret, as the engine names it, with the secret's name."""

_REFUSALS: Final = (
    errors.BrokenStateError,
    errors.ImportRefusedError,
    errors.InputsError,
    errors.LockedError,
    errors.ProtectedError,
    errors.TargetError,
    errors.UnsupportedError,
)
"""With these nothing was touched."""

_CODES: Final[Mapping[type[errors.ProvisionerError], str]] = {
    errors.ImportRefusedError: "import_refused",
    errors.InputsError: "inputs_wrong",
    errors.BrokenStateError: "state_broken",
    errors.ProtectedError: "protected",
    errors.TargetError: "unknown_target",
    errors.UnsupportedError: "not_supported",
    errors.LockedError: "stack_locked",
    errors.StoppedError: "interrupted",
    errors.ResourceFailedError: "resource_failed",
    errors.ProgramError: "program_failed",
    errors.StateError: "state_unusable",
    errors.DeadlineError: "deadline_passed",
}
_REMEDIES: Final[Mapping[type[errors.ProvisionerError], str]] = {
    errors.ImportRefusedError: "make the program say what is there, then import it again",
    errors.InputsError: "fix the lines named, then run it again",
    errors.ProtectedError: "take the protection away in the program first, deliberately",
    errors.TargetError: "give the name of a resource of the stack: breiqctl estate plan -v lists them",
    errors.LockedError: "wait until that process has ended, then run it again",
    errors.BrokenStateError: "breiqctl estate state repair",
    errors.StateError: "put back a copy of the state that is whole; a later version of breiqctl may have written it",
    errors.UnsupportedError: "use the Pulumi CLI for this program, or add a handler to provisioner/handlers",
}
