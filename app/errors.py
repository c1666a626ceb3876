"""What a client is told when something does not work: a status, a code to act on, and a sentence."""

import msgspec


class ApiError(Exception):
    """An answer that is an error. `retry_after_s` says when to come again; None: repeating will not help."""

    def __init__(self, status: int, code: str, message: str, *, retry_after_s: int | None = None) -> None:
        super().__init__(f"{status} {code}: {message}")
        self.status, self.code, self.message, self.retry_after_s = status, code, message, retry_after_s

    def body(self) -> bytes:
        """Return the JSON document of this error."""
        return msgspec.json.encode({"error": {"code": self.code, "message": self.message}})

    def headers(self) -> dict[str, str]:
        """Return the headers that belong to this error."""
        return {} if self.retry_after_s is None else {"retry-after": str(self.retry_after_s)}


def not_the_writer(reason: str) -> ApiError:
    """Return the refusal of a write: it was not and will not be carried out."""
    return ApiError(
        503,
        "not_the_writer",
        f"Writes are not accepted here now ({reason}). Nothing was written; repeat it.",
        retry_after_s=2,
    )


def outcome_unknown() -> ApiError:
    """Return the answer to a write that may or may not last."""
    return ApiError(
        503,
        "outcome_unknown",
        "The write may or may not have been carried out. Repeat it with the same Idempotency-Key.",
        retry_after_s=2,
    )


def database_unavailable() -> ApiError:
    """Return the answer while no connection to the database is to be had: nothing was written."""
    return ApiError(503, "database_unavailable", "The database is out of reach. Nothing was written.", retry_after_s=1)


def database_busy() -> ApiError:
    """Return the answer to a statement that ran into its time limit: nothing was written."""
    return ApiError(503, "database_busy", "The database took too long. Nothing was written.", retry_after_s=1)
