"""Every environment holds the policies as it is written down; what it may not hold is an exception that is used."""

from collections.abc import Callable
from datetime import date

import pytest

from estate.files import list_environments
from policies.rule import Level
from stackops import Plan, judge

TODAY = date(2026, 11, 23)


@pytest.mark.parametrize("name", list_environments())
def test_no_mandatory_rule_is_broken(planned: Callable[[str], Plan], name: str) -> None:
    report = judge(planned(name).document, TODAY)
    assert [(one.rule, one.resource, one.problem) for one in report.open(Level.MANDATORY)] == []
    assert report.expired == ()


def test_every_exception_is_used_somewhere(planned: Callable[[str], Plan]) -> None:
    reports = [judge(planned(name).document, TODAY) for name in list_environments()]
    assert set.intersection(*(set(report.unused) for report in reports)) == set()
