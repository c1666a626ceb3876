"""What went wrong in an AWS call, as types: unreachable, not found, condition failed, or refused by AWS."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from estate.errors import BreiqError, Category


class AwsError(BreiqError):
    """AWS answered with an error, or not at all. Fields besides BreiqError's: `call`, `region`, `aws_code`."""

    def __init__(
        self,
        code: str,
        category: Category,
        message: str,
        *,
        call: str,
        region: str,
        aws_code: str | None = None,
        cause: str | None = None,
        remedy: str | None = None,
        retryable: bool = False,
    ) -> None:
        super().__init__(code, category, message, cause=cause, remedy=remedy, retryable=retryable)
        self.call, self.region, self.aws_code = call, region, aws_code


class Unreachable(AwsError):  # noqa: N818 - says what is so
    """No answer from the region's endpoint: a write may have happened, or not."""


class NotFound(AwsError):  # noqa: N818 - says what is so
    """What was asked for does not exist."""


class ConditionFailed(AwsError):  # noqa: N818 - says what is so
    """A conditional write found another state than expected; nothing was written."""


class Denied(AwsError):  # noqa: N818 - says what is so
    """AWS knows the caller and says no: credentials or rights."""


class Throttled(AwsError):  # noqa: N818 - says what is so
    """AWS asks to come back later; retries were used up."""


_CONDITION: Final = ("ConditionalCheckFailedException", "PreconditionFailed", "ConditionalRequestConflict")
_NOT_FOUND: Final = (
    "NotFound",
    "NoSuch",
    "DoesNotExist",
    "RepositoryNotFound",
    "ImageNotFound",
    "ClusterNotFound",
    "ServiceNotFound",
)
_DENIED: Final = ("AccessDenied", "UnrecognizedClient", "InvalidClientTokenId", "ExpiredToken", "SignatureDoesNotMatch")
_THROTTLED: Final = ("Throttling", "TooManyRequests", "ProvisionedThroughputExceeded", "RequestLimitExceeded")


@contextmanager
def typed_errors(call: str, region: str) -> Iterator[None]:
    """Turn botocore's errors of one call (`ecs:UpdateService`) in one region into this module's."""
    from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError, ParamValidationError

    try:
        yield
    except ClientError as error:
        raise _answered(error.response, call, region) from error
    except NoCredentialsError as error:
        raise Denied(
            "no_credentials",
            "refused",
            "there are no AWS credentials",
            call=call,
            region=region,
            remedy="set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY",
        ) from error
    except ParamValidationError as error:
        raise AwsError(
            "aws_bad_call", "permanent", f"{call} was called wrongly", call=call, region=region, cause=str(error)
        ) from error
    except BotoCoreError as error:
        raise Unreachable(
            "aws_unreachable",
            "transient",
            f"{call.partition(':')[0]} in {region} does not answer",
            call=call,
            region=region,
            cause=f"{type(error).__name__}: {error}",
            remedy="look at the region's health, then run the command again",
            retryable=True,
        ) from error


def _answered(response: object, call: str, region: str) -> AwsError:
    """Return the typed error of an answer that botocore parsed."""
    details = response.get("Error", {}) if isinstance(response, dict) else {}
    aws_code, cause = str(details.get("Code", "")), str(details.get("Message", ""))
    kind, code, category, retryable = _kind(aws_code)
    return kind(
        code,
        category,
        f"{call} in {region} failed with {aws_code or 'an error without a code'}",
        call=call,
        region=region,
        aws_code=aws_code,
        cause=cause or None,
        retryable=retryable,
    )


def _kind(aws_code: str) -> tuple[type[AwsError], str, Category, bool]:
    if aws_code in _CONDITION:
        return ConditionFailed, "condition_failed", "permanent", False
    if any(mark in aws_code for mark in _NOT_FOUND):
        return NotFound, "not_found", "permanent", False
    if any(mark in aws_code for mark in _DENIED):
        return Denied, "denied", "permanent", False
    if any(mark in aws_code for mark in _THROTTLED):
        return Throttled, "throttled", "transient", True
    if aws_code in {"ServiceUnavailable", "InternalError", "InternalServerError", "InternalFailure"}:
        return Unreachable, "aws_unreachable", "transient", True
    return AwsError, "aws_error", "permanent", False
