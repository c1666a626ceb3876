"""The one error that crosses the local cloud's borders: what is wrong and what to do."""

from typing import Any


class RefusedError(Exception):
    """Nothing was touched. `code` is for programs, `message` and `remedy` are for people."""

    def __init__(self, code: str, message: str, remedy: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.remedy = remedy

    def document(self) -> dict[str, Any]:
        """Return the error as it goes over the socket and to stderr."""
        return {"ok": False, "error": {"code": self.code, "message": self.message, "remedy": self.remedy}}
