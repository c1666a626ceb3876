"""breiqctl as a process in foul situations of the caller's own: each is named, has its code, and recommends no failover.

No local cloud runs here: the environment is staging, and AWS is `fake_aws` behind a proxy on loopback.
"""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.local.operations.fake_aws import FakeAws, Reply, as_it_should, identity, page, refusal

BREIQCTL = Path(sys.executable).with_name("breiqctl")
KEYS = {"AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE", "AWS_SECRET_ACCESS_KEY": "secret"}
EXPIRED = {
    "Version": 1, "AccessKeyId": "A", "SecretAccessKey": "B", "SessionToken": "C", "Expiration": "2020-01-01T00:00:00Z",
}  # fmt: skip
SSO = """[profile p]
sso_session = s
sso_account_id = 210987654321
sso_role_name = r
[sso-session s]
sso_region = us-east-1
sso_start_url = https://x.awsapps.com/start
"""


class Caller:
    """A user with a home of their own, behind a proxy that leads to a fake AWS."""

    def __init__(self, home: Path) -> None:
        self.home, self.aws = home, FakeAws(home)
        (home / ".aws").mkdir()
        self.variables: dict[str, str] = {
            "PATH": os.environ["PATH"],
            "HOME": str(home),
            "AWS_EC2_METADATA_DISABLED": "true",
            "HTTPS_PROXY": self.aws.proxy,
            "AWS_CA_BUNDLE": str(self.aws.ca_file),
        }

    def config(self, text: str, name: str = "config") -> None:
        (self.home / ".aws" / name).write_text(text)

    def run(self, *arguments: str, before: tuple[str, ...] = (), **variables: str) -> tuple[int, dict[str, Any], str]:
        """Run breiqctl on staging; return its exit code, its document, and all that it wrote."""
        done = subprocess.run(
            [*before, str(BREIQCTL), "-e", "staging", *arguments, "--json"],
            env={**self.variables, **variables}, capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
        return done.returncode, json.loads(done.stdout), done.stdout + done.stderr


@pytest.fixture
def caller(tmp_path: Path) -> Iterator[Caller]:
    made = Caller(tmp_path)
    yield made
    made.aws.close()


def configured(text: str, name: str = "config", **variables: str) -> Callable[[Caller], Mapping[str, str]]:
    def arrange(caller: Caller) -> Mapping[str, str]:
        caller.config(text, name)
        return {"AWS_PROFILE": "p", **variables}

    return arrange


def printing(text: str) -> Callable[[Caller], Mapping[str, str]]:
    def arrange(caller: Caller) -> Mapping[str, str]:
        (caller.home / "printed").write_text(text)
        caller.config(f"[profile p]\ncredential_process = /bin/cat {caller.home}/printed\n")
        return {"AWS_PROFILE": "p"}

    return arrange


def bundle(text: str | None) -> Callable[[Caller], Mapping[str, str]]:
    def arrange(caller: Caller) -> Mapping[str, str]:
        if text is not None:
            (caller.home / "bundle.pem").write_text(text)
        return {**KEYS, "AWS_CA_BUNDLE": str(caller.home / "bundle.pem")}

    return arrange


def another_authority(caller: Caller) -> Mapping[str, str]:
    import trustme

    trustme.CA().cert_pem.write_to_path(caller.home / "other.pem")
    return {**KEYS, "AWS_CA_BUNDLE": str(caller.home / "other.pem")}


def passing(answer: bytes | None) -> Callable[[Caller], Mapping[str, str]]:
    def arrange(caller: Caller) -> Mapping[str, str]:
        caller.aws.passes = lambda _host: answer
        return KEYS

    return arrange


def saying(reply: Reply) -> Callable[[Caller], Mapping[str, str]]:
    def arrange(caller: Caller) -> Mapping[str, str]:
        caller.aws.says = lambda _host, _request: reply
        return KEYS

    return arrange


def with_variables(**variables: str) -> Callable[[Caller], Mapping[str, str]]:
    return lambda _caller: variables


OWN_SIDE: dict[str, tuple[Callable[[Caller], Mapping[str, str]], str]] = {
    "no credentials": (with_variables(), "no_credentials"),
    "half a pair": (with_variables(AWS_SECRET_ACCESS_KEY="x"), "credentials_partial"),
    "half a pair in a file": (configured("[p]\naws_access_key_id = A\n", "credentials"), "credentials_partial"),
    "no such profile": (with_variables(AWS_PROFILE="nobody"), "profile_missing"),
    "a file that is none": (configured("not an ini file\n[[[\n"), "aws_config_invalid"),
    "a role of itself": (
        configured("[profile p]\nrole_arn = arn:aws:iam::210987654321:role/x\nsource_profile = q\n"),
        "aws_config_invalid",
    ),
    "an SSO session that has ended": (configured(SSO), "sso_expired"),
    "a process that fails": (configured("[profile p]\ncredential_process = /bin/false\n"), "credential_source_failed"),
    "a process that is absent": (configured("[profile p]\ncredential_process = /no\n"), "credential_source_failed"),
    "a process that prints no JSON": (printing("hello"), "credential_source_failed"),
    "a process whose keys have expired": (printing(json.dumps(EXPIRED)), "credentials_expired"),
    "an expired token": (saying(refusal("ExpiredToken")), "credentials_expired"),
    "an unknown key": (saying(refusal("InvalidClientTokenId")), "credentials_rejected"),
    "a wrong clock": (saying(refusal("RequestTimeTooSkewed")), "clock_wrong"),
    "another account": (saying(identity("123456789012")), "wrong_account"),
    "a bundle that is absent": (bundle(None), "tls_untrusted"),
    "a bundle that is junk": (bundle("junk"), "tls_untrusted"),
    "another authority": (another_authority, "tls_untrusted"),
    "a proxy that is dead": (with_variables(**KEYS, HTTPS_PROXY="http://127.0.0.1:1"), "proxy_in_the_way"),
    "a proxy that wants a password": (passing(b"HTTP/1.1 407 Proxy Authentication Required"), "proxy_in_the_way"),
    "a proxy that forbids": (passing(b"HTTP/1.1 403 Forbidden"), "proxy_in_the_way"),
    "a proxy that reaches nothing": (passing(b"HTTP/1.1 504 Gateway Timeout"), "offline"),
    "the local cloud's endpoint": (with_variables(**KEYS, AWS_ENDPOINT_URL="http://127.0.0.1:4566"), "local_endpoint"),
}


@pytest.mark.parametrize("situation", OWN_SIDE)
def test_the_callers_own_side_is_named_and_recommends_no_failover(situation: str, caller: Caller) -> None:
    arrange, code = OWN_SIDE[situation]
    ended, document, text = caller.run("status", **arrange(caller))
    assert (ended, document["code"], document["category"]) == (3, code, "refused"), text
    assert document["remedy"]
    assert "failover" not in text
    assert "no operation is running" not in text
    assert "Traceback" not in text


def test_a_machine_without_a_network_is_told_so(caller: Caller) -> None:
    alone = ("unshare", "--net", *(() if os.geteuid() == 0 else ("--map-root-user",)))
    ended, document, text = caller.run("status", before=alone, **KEYS, HTTPS_PROXY="")
    assert (ended, document["code"]) == (3, "dns_down"), text
    assert "failover" not in text


@pytest.mark.parametrize(
    ("reply", "code"),
    [
        (refusal("Throttling", 400), "throttled"),
        (refusal("InternalFailure", 500), "aws_server_error"),
        (page(200), "foreign_answer"),
        (page(503), "foreign_answer"),
        (Reply(502, "Bad Gateway", "text/plain", {}), "foreign_answer"),
    ],
)
def test_an_answer_that_is_no_is_no_silence(reply: Reply, code: str, caller: Caller) -> None:
    ended, document, text = caller.run("status", **saying(reply)(caller))
    assert (ended, document["code"]) == (1, code), text
    assert "failover" not in text


@pytest.mark.parametrize(
    "words",
    [
        ("failover", "--to", "us-west-2", "--accept-data-loss", "60", "--yes"),
        ("deploy", "--blue-green", "v2", "--yes"),
        ("release", "list"),
        ("operation", "list"),
        ("operation", "abort", "op-1", "--yes"),
        ("bootstrap", "apply", "--yes"),
        ("estate", "state"),
        ("lease", "show"),
    ],
    ids=" ".join,
)
def test_every_command_that_calls_aws_compares_the_account_first(words: tuple[str, ...], caller: Caller) -> None:
    ended, document, text = caller.run(*words, **saying(identity("123456789012"))(caller))
    assert (ended, document["code"]) == (3, "wrong_account"), text
    assert {host.partition(".")[0] for host in caller.aws.asked} == {"sts"}


def silent(region: str) -> Callable[[str], bytes | None]:
    return lambda host: b"HTTP/1.1 504 Gateway Timeout" if f".{region}." in host else b"HTTP/1.1 200 OK"


def test_a_region_that_is_silent_beside_others_that_answer_is_failed_over(caller: Caller) -> None:
    caller.aws.passes = silent("us-east-1")
    ended, document, text = caller.run("status", **KEYS)
    assert ended == 4, text
    assert document["regions"]["us-east-1"]["next"].startswith("breiqctl failover --to us-west-2")
    assert document["lease"]["holder"] == "us-east-1"


def test_a_standby_that_is_silent_and_a_holder_that_refuses_are_not(caller: Caller) -> None:
    caller.aws.passes = silent("us-west-2")
    throttled = Reply(400, json.dumps({"__type": "ThrottlingException", "message": "said AWS"}))
    caller.aws.says = lambda host, request: throttled if "ssm" in host else as_it_should(host, request)
    ended, document, text = caller.run("status", **KEYS)
    assert ended == 4, text
    assert "failover --to" not in text
    assert document["writes"]["region"] == "us-east-1"
    assert "throttled" in {one["code"] for one in document["unknown"]}


def test_a_page_in_the_place_of_an_item_is_not_taken_for_no_item(caller: Caller) -> None:
    caller.aws.says = lambda host, request: as_it_should(host, request) if host.startswith("sts.") else page(200)
    ended, document, text = caller.run("status", **KEYS)
    assert ended == 4, text
    assert {one["code"] for one in document["unknown"]} == {"foreign_answer"}
    assert (document["lease"], document["operation"], document["writes"]["state"]) == (None, None, "unknown")
    assert "failover --to" not in text


def test_doctor_names_what_is_wrong_before_it_asks_for_more(caller: Caller) -> None:
    ended, document, text = caller.run("doctor", AWS_PROFILE="nobody")
    failed = [check for check in document["checks"] if not check["ok"]]
    assert (ended, [check["name"] for check in failed]) == (1, ["AWS account"]), text
    assert caller.aws.asked == []


@pytest.mark.parametrize("name", ["PYTHONPATH", "PYTHONHOME", "PYTHONOPTIMIZE", "PYTHONSTARTUP", "PYTHONWARNINGS"])
def test_the_interpreters_variables_change_nothing(name: str, caller: Caller) -> None:
    for module in ("click", "json", "breiqctl"):
        (caller.home / f"{module}.py").write_text("raise SystemExit('another module')\n")
    value = {"PYTHONOPTIMIZE": "2", "PYTHONWARNINGS": "error"}.get(name, str(caller.home))
    done = subprocess.run(
        [str(BREIQCTL), "--version"], env={**caller.variables, name: value},
        cwd=caller.home, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (0, "breiqctl, version 0.1.0\n")
