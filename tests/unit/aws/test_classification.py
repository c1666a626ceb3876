"""Each error of botocore has a type, and only silence counts as silence."""

import inspect
import json
import socket
import ssl
from typing import Any

import botocore.exceptions
import pytest

from aws import errors
from aws.classification import answered, classified
from aws.error_tables import ANSWERED, BUSY, DAMAGED, OUR_CALL, OWN_SIDE, SILENCE
from aws.words import SAID

CLASSES = sorted(
    name
    for name, one in vars(botocore.exceptions).items()
    if inspect.isclass(one) and issubclass(one, Exception) and not issubclass(one, Warning)
    if one.__module__ == botocore.exceptions.__name__
)


@pytest.mark.parametrize("name", CLASSES)
def test_every_class_of_botocore_is_in_one_set(name: str) -> None:
    sets = [SILENCE, DAMAGED, BUSY, ANSWERED, OUR_CALL, *OWN_SIDE.values()]
    assert sum(name in one for one in sets) == 1, f"{name} is to be put into aws/error_tables.py, once"


def test_no_set_names_a_class_that_is_gone() -> None:
    known = {*CLASSES, "ResponseParserError"}
    named = set().union(SILENCE, DAMAGED, BUSY, ANSWERED, OUR_CALL, *OWN_SIDE.values())
    assert named - known == set()


def made(name: str) -> Exception:
    """Return an error of botocore with every field of its text filled."""

    class Filled(dict):  # type: ignore[type-arg]
        def __missing__(self, key: str) -> str:
            return "x"

    kind = getattr(botocore.exceptions, name)
    if name in ANSWERED:
        error: Exception = kind({"Error": {"Code": "Odd", "Message": "x"}}, "Op")
        return error
    error = kind.__new__(kind)
    Exception.__init__(error, str(getattr(kind, "fmt", name)).format_map(Filled()))
    return error


@pytest.mark.parametrize("name", CLASSES)
def test_only_a_failed_connection_counts_as_silence(name: str) -> None:
    found = classified(made(name), "ecs:ListServices", "us-east-1")
    assert isinstance(found, errors.Unreachable) == (name in SILENCE)
    assert isinstance(found, errors.CallerFault) == any(name in names for names in OWN_SIDE.values())
    assert found.code
    assert found.retryable == isinstance(found, errors.Transient)


@pytest.mark.parametrize("name", sorted(set().union(*OWN_SIDE.values())))
def test_a_fault_of_the_caller_is_refused_with_a_remedy_and_never_names_failover(name: str) -> None:
    found = classified(made(name), "ecs:ListServices", "us-east-1")
    assert (found.category, found.exit_code) == ("refused", 3)
    assert found.remedy
    assert "failover" not in f"{found.message} {found.cause} {found.remedy}"


def test_each_type_has_a_code_of_its_own() -> None:
    codes = [said[0] for said in SAID.values()]
    assert len(set(codes)) == len(codes)
    assert "failover" not in json.dumps([list(said) for said in SAID.values()])


def connection(beneath: BaseException) -> Exception:
    return botocore.exceptions.EndpointConnectionError(endpoint_url="https://ecs", error=beneath)


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (connection(socket.gaierror(-2, "Name or service not known")), errors.NameUnresolved),
        (connection(OSError(101, "Network is unreachable")), errors.NoRoute),
        (connection(ConnectionRefusedError(111, "Connection refused")), errors.Unreachable),
        (
            botocore.exceptions.HTTPClientError(error=OSError("Could not find a suitable TLS CA certificate bundle")),
            errors.TlsUntrusted,
        ),
        (botocore.exceptions.HTTPClientError(error=FileNotFoundError(2, "No", "/x/ca.pem")), errors.TlsUntrusted),
        (
            botocore.exceptions.SSLError(endpoint_url="x", error=ssl.SSLError("certificate is not yet valid")),
            errors.ClockWrong,
        ),
        (
            botocore.exceptions.SSLError(endpoint_url="x", error=ssl.SSLError("self-signed certificate in chain")),
            errors.TlsUntrusted,
        ),
        (
            botocore.exceptions.SSLError(endpoint_url="x", error=ssl.SSLError("Hostname mismatch, certificate is not")),
            errors.ForeignAnswer,
        ),
        (
            botocore.exceptions.SSLError(endpoint_url="x", error=ssl.SSLError("[SSL: WRONG_VERSION_NUMBER] wrong")),
            errors.ForeignAnswer,
        ),
        (
            botocore.exceptions.SSLError(endpoint_url="x", error=ssl.SSLError("UNEXPECTED_EOF_WHILE_READING")),
            errors.Unreachable,
        ),
        (RuntimeError("Credentials were refreshed, but they are still expired."), errors.CredentialsExpired),
        (
            botocore.exceptions.ProxyConnectionError(
                proxy_url="http://p", error=OSError("Tunnel connection failed: 407 Proxy Authentication Required")
            ),
            errors.ProxyInTheWay,
        ),
        (
            botocore.exceptions.ProxyConnectionError(
                proxy_url="http://p", error=OSError("Tunnel connection failed: 504 Gateway Timeout")
            ),
            errors.Unreachable,
        ),
        (FileNotFoundError(2, "No such file", "/opt/creds-helper"), errors.CredentialSourceFailed),
        (json.JSONDecodeError("Expecting value", "", 0), errors.CredentialSourceFailed),
        (PermissionError(13, "Permission denied", "/home/x/.aws/config"), errors.ConfigInvalid),
        (ValueError("Invalid endpoint: nonsense"), errors.ConfigInvalid),
    ],
)
def test_what_lies_beneath_decides(error: Exception, kind: type[errors.AwsError]) -> None:
    assert type(classified(error, "ecs:ListServices", "us-east-1")) is kind


def response(code: str, status: int, message: str = "", **headers: str) -> dict[str, Any]:
    return {
        "Error": {"Code": code, "Message": message},
        "ResponseMetadata": {"HTTPStatusCode": status, "HTTPHeaders": headers},
    }


@pytest.mark.parametrize(
    ("code", "status", "kind"),
    [
        ("ExpiredTokenException", 400, errors.CredentialsExpired),
        ("ExpiredToken", 403, errors.CredentialsExpired),
        ("InvalidClientTokenId", 403, errors.CredentialsRejected),
        ("UnrecognizedClientException", 400, errors.CredentialsRejected),
        ("SignatureDoesNotMatch", 403, errors.CredentialsRejected),
        ("RequestTimeTooSkewed", 403, errors.ClockWrong),
        ("AccessDeniedException", 400, errors.Denied),
        ("UnauthorizedOperation", 403, errors.Denied),
        ("403", 403, errors.Denied),
        ("ThrottlingException", 400, errors.Throttled),
        ("SlowDown", 503, errors.Throttled),
        ("ServiceUnavailable", 503, errors.ServerFault),
        ("InternalServerErrorException", 500, errors.ServerFault),
        ("NotEmulated", 501, errors.AwsError),
        ("404", 404, errors.NotFound),
        ("DBInstanceNotFound", 404, errors.NotFound),
        ("412", 412, errors.ConditionFailed),
        ("ValidationException", 400, errors.AwsError),
    ],
)
def test_answers_have_types(code: str, status: int, kind: type[errors.AwsError]) -> None:
    assert type(answered(response(code, status), "ecs:ListServices", "us-east-1")) is kind


def test_a_signature_out_of_time_is_the_clocks_doing() -> None:
    late = response("InvalidSignatureException", 403, "Signature expired: 20261130T1 is now earlier than 20261130T2")
    assert isinstance(answered(late, "ecs:ListServices", "us-east-1"), errors.ClockWrong)


@pytest.mark.parametrize("status", [200, 302, 403, 407, 502, 503])
def test_a_web_page_is_somebody_elses_answer(status: int) -> None:
    page = response(str(status), status, "<html>", **{"content-type": "text/html; charset=utf-8"})
    assert isinstance(answered(page, "ecs:ListServices", "us-east-1"), errors.ForeignAnswer)
    signed = response("503", status, "", **{"content-type": "text/html", "x-amzn-requestid": "1"})
    assert not isinstance(answered(signed, "ecs:ListServices", "us-east-1"), errors.ForeignAnswer)


def test_a_proxy_is_named_without_its_password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://me:secret@proxy.example:3128")
    found = classified(connection(TimeoutError("timed out")), "ecs:ListServices", "us-east-1")
    assert found.cause is not None
    assert "proxy.example:3128" in found.cause
    assert "secret" not in found.cause


@pytest.mark.parametrize(
    ("name", "command"),
    [("SSOTokenLoadError", "aws sso login --profile ops"), ("LoginRefreshRequired", "aws login --profile ops")],
)
def test_the_way_back_into_a_session_names_the_profile(
    name: str, command: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_PROFILE", "ops")
    assert classified(made(name), "ecs:ListServices", "us-east-1").remedy == command


def test_what_nobody_knows_is_not_a_lost_region() -> None:
    class New(botocore.exceptions.BotoCoreError):
        pass

    found = classified(New(), "ecs:ListServices", "us-east-1")
    assert type(found) is errors.AwsError
