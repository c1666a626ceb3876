"""What ELB refuses of rules, and what no text can do to HAProxy's configuration."""

import subprocess
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from localcloud.services.elbv2.conditions import acl_lines, quoted, word
from localcloud.services.elbv2.limits import action_refusal, condition_refusal, target_refusal
from localcloud.services.elbv2.model import DEFAULT_PRIORITY, Action, Condition, Listener, LoadBalancer, Rule
from localcloud.services.elbv2.render import Paths, configuration


def fixed(**config: Any) -> dict[str, Any]:
    return {"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "200", **config}}


def redirect(**config: Any) -> dict[str, Any]:
    return {"Type": "redirect", "RedirectConfig": {"StatusCode": "HTTP_301", **config}}


@pytest.mark.parametrize(
    "action",
    [
        fixed(StatusCode="302"),
        fixed(StatusCode="2000"),
        fixed(ContentType="text/plain\n  stats enable"),
        fixed(ContentType="image/png"),
        fixed(MessageBody="x" * 1025),
        fixed(MessageBody="a\0b"),
        redirect(StatusCode="HTTP_307"),
        redirect(Protocol="FTP"),
        redirect(Port="0"),
        redirect(Port="443 code 200"),
        redirect(Path="no-slash"),
        redirect(Host="a\nb"),
        redirect(Query="x" * 129),
    ],
)
def test_an_action_that_elb_refuses_is_refused(action: dict[str, Any]) -> None:
    assert action_refusal(action)


@pytest.mark.parametrize(
    "action",
    [
        fixed(MessageBody="two\nlines", ContentType="text/html"),
        fixed(StatusCode="404"),
        redirect(Protocol="#{protocol}", Port="#{port}", Path="/#{path}", Query="#{query}"),
        {"Type": "forward", "TargetGroupArn": "arn"},
    ],
)
def test_an_action_that_elb_takes_is_taken(action: dict[str, Any]) -> None:
    assert action_refusal(action) is None


@pytest.mark.parametrize(
    ("field", "values", "header", "taken"),
    [
        ("host-header", ["*.a.test"], None, True),
        ("host-header", ["a.test\nbackend x"], None, False),
        ("host-header", ["a b"], None, False),
        ("path-pattern", ["/a/*", "/\"'~$"], None, True),
        ("path-pattern", ["/a b"], None, False),
        ("path-pattern", ["/" + "x" * 128], None, False),
        ("http-header", ["secret value"], "X-Origin-Secret", True),
        ("http-header", ["v"], "X-A) -m found", False),
        ("http-header", ["v"], None, False),
        ("http-header", ["v\r\nset"], "X-A", False),
        ("http-request-method", ["GET"], None, True),
        ("http-request-method", ["GET HEAD"], None, False),
        ("source-ip", ["10.0.0.0/8"], None, True),
        ("source-ip", ["10.0.0.0"], None, False),
        ("source-ip", ["0.0.0.0/0 } or { always_true"], None, False),
        ("query-string", [{"Key": "a", "Value": "b*"}], None, True),
        ("query-string", [{"Key": "a", "Value": "b\n"}], None, False),
    ],
)
def test_a_condition_is_held_to_elb_s_letters(field: str, values: list[Any], header: str | None, taken: bool) -> None:
    assert (condition_refusal({"Field": field}, values, header) is None) is taken


def test_a_target_is_an_address() -> None:
    assert target_refusal("127.1.2.3", "ip") is None
    assert target_refusal("127.1.2.3:80 check", "ip")
    assert target_refusal("i-0123", "instance")


def test_a_line_s_end_stands_as_a_code_outside_the_quotes() -> None:
    assert quoted("a\nb") == "'a'\\x0a'b'"
    assert quoted("it's") == "'it'\\''s'"
    with pytest.raises(ValueError, match="byte 0"):
        quoted("a\0")
    with pytest.raises(ValueError, match="no name"):
        word("a b")


@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=60))
def test_no_text_ends_a_line_or_a_word(text: str) -> None:
    if "\0" in text:
        return
    word_ = quoted(text)
    assert not any(ord(letter) < 32 for letter in word_)
    for line in acl_lines("name", Condition("path-pattern", [text])):
        assert "\n" not in line


@settings(max_examples=25, deadline=None)
@given(st.text(alphabet="ab '\"\\\n\r\t\x7f#$%{}[]~é", max_size=40))
def test_haproxy_itself_takes_a_configuration_with_any_text(
    tmp_path_factory: pytest.TempPathFactory, text: str
) -> None:
    folder: Path = tmp_path_factory.mktemp("haproxy")
    rules = [
        Rule(
            "r1", 1, [Condition("http-header", [text or "x"], "X-A")], Action("fixed-response", status=200, body=text)
        ),
        Rule("r2", 2, [Condition("path-pattern", [f"/{text}*"])], Action("redirect", status=301, path=f"/{text}")),
        Rule("r0", DEFAULT_PRIORITY, [], Action("fixed-response", status=403)),
    ]
    balancer = LoadBalancer("arn", "lb", "lb.test", 60, [Listener(80, "HTTP", [], rules)])
    for name in ("w", "g"):
        (folder / name).touch()
    paths = Paths(str(folder / "s"), str(folder / "w"), str(folder / "g"), {})
    file = folder / "haproxy.cfg"
    file.write_text(configuration(balancer, {}, {}, "127.1.2.3", paths))
    done = subprocess.run(["haproxy", "-c", "-f", str(file)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
