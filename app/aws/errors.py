"""What went wrong with an AWS call."""


class AwsError(Exception):
    """An AWS call failed. `status` is None when no answer came (unreachable, too late, no credentials)."""

    def __init__(self, *, code: str, message: str, status: int | None) -> None:
        super().__init__(f"{code} ({status or 'no answer'}): {message}")
        self.code, self.message, self.status = code, message, status


class DamagedItemError(AwsError):
    """An item of the operations table is not what its writers write: somebody changed it by hand."""

    def __init__(self, item: str, problem: str) -> None:
        super().__init__(code="DamagedItem", message=f"{item} cannot be understood: {problem}", status=200)
