"""The one error that people and scripts see: what happened, why, what to do next, and which runbook."""

from typing import Final, Literal

Category = Literal["usage", "refused", "transient", "permanent", "stuck"]

EXIT_CODES: Final[dict[Category, int]] = {"usage": 2, "refused": 3, "transient": 1, "permanent": 1, "stuck": 4}
"""Exit codes of the contract: 1 failed and undone, 2 usage, 3 refused and nothing changed, 4 a human is needed."""


class BreiqError(Exception):
    """Raised by every room for what a person must read; rendered as `breiq.error/1`.

    `code` is a stable word for scripts (`unknown_image`); `message` says what happened, `cause` why, `remedy` what to
    do next (a command, where there is one). `category` decides the exit code.
    """

    def __init__(
        self,
        code: str,
        category: Category,
        message: str,
        *,
        cause: str | None = None,
        remedy: str | None = None,
        retryable: bool = False,
        runbook: str | None = None,
    ) -> None:
        super().__init__(code, category, message)  # these three make it anew where it crosses processes
        self.code, self.category, self.message = code, category, message
        self.cause, self.remedy, self.retryable, self.runbook = cause, remedy, retryable, runbook

    def __str__(self) -> str:
        """Return what happened."""
        return self.message

    @property
    def exit_code(self) -> int:
        """The process's exit code for this error."""
        return EXIT_CODES[self.category]

    def document(self) -> dict[str, object]:
        """Return the error as `breiq.error/1`."""
        return {
            "schema": "breiq.error/1",
            "code": self.code,
            "category": self.category,
            "message": self.message,
            "cause": self.cause,
            "remedy": self.remedy,
            "retryable": self.retryable,
            "runbook": self.runbook,
        }


def in_words(error: Exception) -> str:
    """Return an error as one line of text: what happened, why, and what to do."""
    if not isinstance(error, BreiqError):
        return f"{type(error).__name__}: {error}"
    cause = f" ({error.cause})" if error.cause else ""
    return f"{error.message}{cause}{'; next: ' + error.remedy if error.remedy else ''}"
