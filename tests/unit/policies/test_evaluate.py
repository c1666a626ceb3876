"""A report names what breaks which rule; exceptions excuse with a reason, and end."""

from datetime import date
from pathlib import Path

import pytest

from policies import tokens
from policies.evaluate import evaluate
from policies.exceptions import ExceptionsError, Exemption, read_exemptions
from policies.rule import Level, Subject

TODAY = date(2026, 11, 23)
VPC = Subject(type=tokens.VPC, name="net", stack="staging-us-east-1", region="eu-west-1", tags={"Project": "x"})


def exemption(**changes: object) -> Exemption:
    given = {
        "rule": "REG-1",
        "resource": "ne*",
        "environments": ["staging"],
        "reason": "a trial",
        "owner": "platform",
        "expires": date(2026, 12, 31),
    }
    return Exemption(**{**given, **changes})  # type: ignore[arg-type]


def test_a_report_counts_what_nothing_excuses() -> None:
    report = evaluate([VPC], [], TODAY)
    assert {one.rule for one in report.violations} == {"REG-1", "REG-2", "EXP-6", "TAG-1"}
    assert report.mandatory == 4
    assert report.advisory == 0


def test_an_exception_excuses_and_is_shown() -> None:
    report = evaluate([VPC], [exemption()], TODAY)
    excused = next(one for one in report.violations if one.rule == "REG-1")
    assert excused.exemption is not None
    assert report.mandatory == 3
    assert not report.unused


@pytest.mark.parametrize(
    "changes",
    [{"expires": date(2026, 11, 22)}, {"environments": ["production"]}, {"resource": "other"}, {"rule": "REG-2"}],
)
def test_an_exception_covers_no_more_than_it_says(changes: dict[str, object]) -> None:
    report = evaluate([VPC], [exemption(**changes)], TODAY)
    assert "REG-1" in {one.rule for one in report.open(Level.MANDATORY)}


def test_expired_and_unused_exceptions_are_named() -> None:
    old, idle = exemption(expires=date(2026, 1, 1)), exemption(resource="nothing")
    report = evaluate([VPC], [old, idle], TODAY)
    assert report.expired == (old,)
    assert report.unused == (idle,)


@pytest.mark.parametrize(
    "text",
    [
        "- {rule: NO-1, resource: x, environments: [local], reason: r, owner: o, expires: 2027-01-01}",
        "- {rule: REG-1, resource: x, environments: [local], reason: '', owner: o, expires: 2027-01-01}",
        "- {rule: REG-1, resource: x, environments: [local], reason: r, owner: o}",
        "- {rule: REG-1, resource: x, environments: [local], reason: r, owner: o, expires: 2027-01-01, more: 1}",
        "- rule: [",
        "- {rule: REG-1, resource: x, environments: [local], reason: r, owner: o, expires: 2027-13-01}",
        "- {rule: REG-1, rule: REG-2, resource: x, environments: [local], reason: r, owner: o, expires: 2027-01-01}",
    ],
)
def test_a_wrong_exception_is_refused(tmp_path: Path, text: str) -> None:
    file = tmp_path / "exceptions.yaml"
    file.write_text(f"# one exception\n{text}")
    with pytest.raises(ExceptionsError, match=r"exceptions\.yaml:[23]: "):
        read_exemptions(file)


def test_a_file_without_exceptions_has_none(tmp_path: Path) -> None:
    file = tmp_path / "exceptions.yaml"
    file.write_text("# none\n")
    assert read_exemptions(file) == ()


def test_the_repositorys_exceptions_are_valid() -> None:
    assert read_exemptions()
