"""Gives each error of botocore its type of `aws.errors`: by its class, by what lies beneath it, or by AWS's code."""

import errno
import os
import socket
import ssl
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from aws import errors
from aws.error_tables import ANSWERED, BUSY, BY_CODE, DAMAGED, OUR_CALL, OWN_SIDE, SILENCE
from aws.errors import AwsError
from aws.words import SAID
from estate.errors import Category

_NOT_FOUND: Final = ("NotFound", "NoSuch", "DoesNotExist")
_SIGNED_TOO_EARLY_OR_LATE: Final = ("Signature expired", "Signature not yet current")
_UNROUTED: Final = frozenset({errno.ENETUNREACH, errno.ENETDOWN, errno.EADDRNOTAVAIL, errno.EACCES, errno.EPERM})
_TLS_OF_TIME: Final = ("certificate is not yet valid", "certificate has expired")
_TLS_CUT: Final = ("UNEXPECTED_EOF", "EOF occurred", "zero return")
_TLS_NOT_AWS: Final = (
    "WRONG_VERSION_NUMBER",
    "HTTP_REQUEST",
    "_ALERT_",
    "HANDSHAKE_FAILURE",
    "UNKNOWN_PROTOCOL",
    "mismatch",
    "doesn't match",
)
_BEHIND_THE_PROXY: Final = ("502", "503", "504")


def classified(error: Exception, call: str, region: str) -> AwsError:
    """Return the typed error of what botocore raised, or of what credentials' sources raise through it."""
    response = getattr(error, "response", None)
    if isinstance(response, Mapping):
        return answered(response, call, region)
    names = [one.__name__ for one in type(error).__mro__]
    name = next((one for one in names if one in _KNOWN), "")
    if name in SILENCE or name in OWN_SIDE[errors.ProxyInTheWay] or name in OWN_SIDE[errors.TlsUntrusted]:
        return _said(_of_connection(error), error, call, region)
    if name in OUR_CALL:
        cause = f"{type(error).__name__}: {error}"
        return AwsError(
            "aws_bad_call", "permanent", f"{call} was called wrongly", call=call, region=region, cause=cause
        )
    if name == "NoCredentialsError" and any(os.environ.get(one) for one in _KEYS):
        return _said(errors.CredentialsPartial, error, call, region)
    return _said(_KNOWN.get(name) or _of_sources(error), error, call, region)


def answered(response: Mapping[str, Any], call: str, region: str) -> AwsError:
    """Return the typed error of an error answer that botocore parsed."""
    details, meta = response.get("Error") or {}, response.get("ResponseMetadata") or {}
    aws_code, cause = str(details.get("Code", "")), str(details.get("Message", ""))
    status = int(meta.get("HTTPStatusCode") or 0)
    if is_foreign(meta.get("HTTPHeaders") or {}, status):
        return foreign(call, region, f"HTTP {status}, {(meta.get('HTTPHeaders') or {}).get('content-type')}")
    kind = _kind(aws_code, cause, status)
    code, remedy = _CODES.get(kind, "aws_error"), None
    category: Category = "permanent"
    message = f"{call} in {region} failed with {aws_code or 'an error without a code'}"
    if kind in SAID:
        code, category, words, remedy = SAID[kind]
        message = words if issubclass(kind, errors.CallerFault) else message
    return kind(
        code,
        category,
        message,
        call=call,
        region=region,
        aws_code=aws_code,
        cause=(f"{aws_code}: {cause}" if issubclass(kind, errors.CallerFault) else cause) or None,
        remedy=remedy,
        retryable=issubclass(kind, errors.Transient),
    )


def is_foreign(headers: Mapping[str, str], status: int) -> bool:
    """Whether an answer is a web page, and bears no sign of AWS: no AWS API answers with HTML."""
    names = {name.lower(): value for name, value in headers.items()}
    signed = any(name.startswith(("x-amzn-", "x-amz-")) for name in names)
    return bool(status) and not signed and names.get("content-type", "").startswith("text/html")


def foreign(call: str, region: str, cause: str) -> errors.ForeignAnswer:
    """Return the error of an answer that somebody else than AWS wrote."""
    code, category, message, remedy = SAID[errors.ForeignAnswer]
    return errors.ForeignAnswer(
        code,
        category,
        f"{call} in {region}: {message}",
        call=call,
        region=region,
        cause=_with_proxy(cause),
        remedy=remedy,
        retryable=True,
    )


def _kind(aws_code: str, message: str, status: int) -> type[AwsError]:
    if any(mark in message for mark in _SIGNED_TOO_EARLY_OR_LATE):
        return errors.ClockWrong
    for kind, codes in BY_CODE:
        if aws_code in codes:
            return kind
    if aws_code == "404" or any(mark in aws_code for mark in _NOT_FOUND):
        return errors.NotFound
    if status >= 500 and status != 501:
        return errors.ServerFault
    return AwsError


def _of_connection(error: Exception) -> type[AwsError]:
    """Return whose fault a failed connection is, by the errors beneath it."""
    beneath = list(_beneath(error))
    text = " ".join(str(one) for one in beneath)
    name = type(error).__name__
    if name in OWN_SIDE[errors.TlsUntrusted] or any(isinstance(one, ssl.SSLError) for one in beneath):
        return _of_tls(text)
    if name in OWN_SIDE[errors.ProxyInTheWay]:
        is_passed_on = "Tunnel connection failed" in text and any(status in text for status in _BEHIND_THE_PROXY)
        return errors.Unreachable if is_passed_on else errors.ProxyInTheWay
    for kind, holds in _BENEATH:
        if any(holds(one) for one in beneath):
            return kind
    return errors.Unreachable


def _of_tls(text: str) -> type[AwsError]:
    if any(mark in text for mark in _TLS_OF_TIME):
        return errors.ClockWrong
    if any(mark in text for mark in _TLS_CUT):
        return errors.Unreachable
    return errors.ForeignAnswer if any(mark in text for mark in _TLS_NOT_AWS) else errors.TlsUntrusted


def _is_bundle(error: BaseException) -> bool:
    return isinstance(error, OSError) and (bool(error.filename) or "CA certificate bundle" in str(error))


_BENEATH: Final[tuple[tuple[type[AwsError], Callable[[BaseException], bool]], ...]] = (
    (errors.TlsUntrusted, _is_bundle),
    (errors.CredentialsRejected, lambda error: isinstance(error, ValueError) and "header" in str(error)),
    (errors.ConfigInvalid, lambda error: isinstance(error, ValueError)),
    (
        errors.NameUnresolved,
        lambda error: isinstance(error, socket.gaierror) or type(error).__name__ == "NameResolutionError",
    ),
    (errors.NoRoute, lambda error: isinstance(error, OSError) and error.errno in _UNROUTED),
)
"""What an error beneath a failed connection means: a file of authorities that cannot be read, a key that is no
header, a proxy's address that is none.
"""


def _of_sources(error: Exception) -> type[AwsError]:
    """Return what an error that is not botocore's means: it comes from where configuration and credentials are read."""
    if isinstance(error, RuntimeError):
        return errors.CredentialsExpired if "expired" in str(error) else errors.CredentialSourceFailed
    is_file = isinstance(error, OSError) and str(error.filename or "").endswith(("config", "credentials"))
    return errors.ConfigInvalid if is_file or "Invalid endpoint" in str(error) else errors.CredentialSourceFailed


def _beneath(error: BaseException) -> Iterator[BaseException]:
    """Yield an error and all that it was made of: botocore and urllib3 keep it in fields, Python in two more."""
    seen: set[int] = set()
    todo: list[object] = [error]
    while todo:
        one = todo.pop()
        if not isinstance(one, BaseException) or id(one) in seen:
            continue
        seen.add(id(one))
        yield one
        kept = getattr(one, "kwargs", None)
        todo += [one.__cause__, one.__context__, getattr(one, "reason", None), getattr(one, "original_error", None)]
        todo += [*one.args, *(kept.values() if isinstance(kept, dict) else ())]


def _said(kind: type[AwsError], error: Exception, call: str, region: str) -> AwsError:
    """Return the error in the words of its type."""
    code, category, message, remedy = SAID[kind]
    if issubclass(kind, errors.Unreachable):
        message = f"{call.partition(':')[0]} in {region} " + (
            message if kind is errors.Unreachable else f"cannot be asked: {message}"
        )
    elif kind is errors.ForeignAnswer:
        message = f"{call} in {region}: {message}"
    if kind is errors.SsoExpired:
        remedy = f"aws {'login' if type(error).__name__.startswith('Login') else 'sso login'}{_profile()}"
    elif type(error).__name__ == "MissingDependencyException":
        remedy = f'eval "$(aws configure export-credentials{_profile()} --format env)"; unset AWS_PROFILE'
    return kind(
        code,
        category,
        message,
        call=call,
        region=region,
        cause=_with_proxy(_first_line(error)),
        remedy=remedy,
        retryable=issubclass(kind, errors.Transient),
    )


def _profile() -> str:
    profile = os.environ.get("AWS_PROFILE") or os.environ.get("AWS_DEFAULT_PROFILE")
    return f" --profile {profile}" if profile else ""


def _first_line(error: Exception) -> str:
    """Return an error's text, and that of what lies deepest beneath it, where that says more."""
    text = (str(error).strip().splitlines() or [""])[0]
    deepest = next((one for one in reversed(list(_beneath(error))) if isinstance(one, OSError | ValueError)), None)
    more = "" if deepest is None or deepest is error or str(deepest) in text else f" ({deepest})"
    return f"{type(error).__name__}: {text}{more}"


def _with_proxy(cause: str) -> str:
    """Name the proxy in use, without its password: whatever fails may be its doing."""
    found = next((os.environ[name] for name in _PROXIES if os.environ.get(name)), "")
    host = found.rpartition("//")[2].rpartition("@")[2]
    return f"{cause} (the environment names a proxy: {host})" if found else cause


_KEYS: Final = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
_PROXIES: Final = ("HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy")

_CODES: Final[Mapping[type[AwsError], str]] = {
    errors.NotFound: "not_found",
    errors.ConditionFailed: "condition_failed",
}

_KNOWN: Final[Mapping[str, type[AwsError]]] = {
    **{name: kind for kind, names in OWN_SIDE.items() for name in names},
    **dict.fromkeys(SILENCE, errors.Unreachable),
    **dict.fromkeys(DAMAGED, errors.ForeignAnswer),
    **dict.fromkeys(BUSY, errors.Throttled),
    **dict.fromkeys(OUR_CALL | ANSWERED, AwsError),
}
"""Every class of botocore, each in one of the sets above (held by a test that walks botocore's module)."""
