"""What AWS says where moto raises: its own code for a thing that is not there, or for a value that is none. Pure.

moto looks things up and takes texts apart without asking first; what comes out is Python's error, not AWS's.
"""

from typing import Final
from xml.parsers.expat import ExpatError

FAILURE: Final = "The request processing has failed because of an unknown error, exception or failure."

_ABSENT: Final = {
    "cloudfront": (404, "NoSuchResource"),
    "dynamodb": (400, "ResourceNotFoundException"),
    "ec2": (400, "InvalidParameterValue"),
    "ecs": (400, "InvalidParameterException"),
    "elasticache": (400, "InvalidParameterValue"),
    "elbv2": (400, "ValidationError"),
    "guardduty": (400, "BadRequestException"),
    "iam": (400, "InvalidInput"),
    "kms": (400, "NotFoundException"),
    "logs": (400, "ResourceNotFoundException"),
    "opensearch": (409, "ResourceNotFoundException"),
    "rds": (404, "DBInstanceNotFound"),
    "route53": (400, "InvalidInput"),
    "s3": (400, "InvalidRequest"),
    "scheduler": (404, "ResourceNotFoundException"),
    "secretsmanager": (400, "ResourceNotFoundException"),
    "shield": (400, "ResourceNotFoundException"),
    "sns": (404, "NotFound"),
    "sqs": (400, "QueueDoesNotExist"),
    "ssm": (400, "InvalidResourceId"),
    "wafv2": (400, "WAFNonexistentItemException"),
}
"""By service: status and code for a thing that is not there. Others: ResourceNotFoundException."""

_INVALID: Final = {
    "cloudfront": "InvalidArgument",
    "cloudwatch": "InvalidParameterValue",
    "ec2": "InvalidParameterValue",
    "ecs": "InvalidParameterException",
    "elasticache": "InvalidParameterValue",
    "elbv2": "ValidationError",
    "guardduty": "BadRequestException",
    "iam": "ValidationError",
    "logs": "InvalidParameterException",
    "rds": "InvalidParameterValue",
    "route53": "InvalidInput",
    "s3": "InvalidArgument",
    "secretsmanager": "InvalidParameterException",
    "shield": "InvalidParameterException",
    "sns": "InvalidParameter",
    "sqs": "InvalidParameterValue",
    "sts": "ValidationError",
    "wafv2": "WAFInvalidParameterException",
}
"""By service: the code for a value that is none. Others: ValidationException."""


def failure(service: str, error: BaseException) -> tuple[int, str, str]:
    """Return status, code and message of AWS's error for what was raised."""
    if isinstance(error, NotImplementedError):
        return 501, "NotEmulated", f"the local cloud does not emulate this of {service}: {error}"
    if isinstance(error, ExpatError):
        return 400, "MalformedXML", "The XML you provided was not well-formed or did not validate against our schema"
    if isinstance(error, LookupError | StopIteration) or _is_of_none(error):
        status, code = _ABSENT.get(service, (400, "ResourceNotFoundException"))
        return status, code, f"A resource or a value that the request names does not exist: {_said(error)}"
    if isinstance(error, ValueError | TypeError):
        return 400, _INVALID.get(service, "ValidationException"), f"A value is not valid: {_said(error)}"
    return 500, "InternalFailure", FAILURE


def _is_of_none(error: BaseException) -> bool:
    return isinstance(error, AttributeError) and "'NoneType' object" in str(error)


def _said(error: BaseException) -> str:
    return str(error) or type(error).__name__
