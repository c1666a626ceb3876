"""Each sentence of the specification has its claim, each claim holds, and the page says what is so."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from estate.files import ROOT
from review.coverage import BROKEN, SPECIFICATION, Claim, Expected, cover, page, read_claims, statements, uncovered
from review.plan import PlanDocument, PlannedResource
from stackops import Plan

PAGE = ROOT / "docs" / "specification-coverage.md"


@pytest.fixture(scope="module")
def plans(planned: Callable[[str], Plan]) -> dict[str, PlanDocument]:
    return {name: planned(name).document for name in ("production", "staging")}


def test_every_sentence_has_a_claim() -> None:
    assert uncovered(read_claims(), SPECIFICATION.read_text()) == []


def test_every_claim_holds(plans: dict[str, PlanDocument]) -> None:
    rows = cover(plans, read_claims(), SPECIFICATION.read_text())
    assert [f"line {row.line}: {'; '.join(row.problems)}" for row in rows if row.status == BROKEN] == []


def test_the_page_is_the_programs(plans: dict[str, PlanDocument]) -> None:
    def without_lines(text: str) -> str:
        return re.sub(r"#L\d+", "", text)  # a line that moved is no other claim

    made = page(cover(plans, read_claims(), SPECIFICATION.read_text()))
    assert without_lines(PAGE.read_text()) == without_lines(made), (
        "breiqctl estate coverage -o docs/specification-coverage.md"
    )


def resource(**inputs: object) -> PlannedResource:
    return PlannedResource(
        stack="production-us-east-1",
        urn="u",
        type="aws:rds/instance:Instance",
        name="database",
        region="us-east-1",
        inputs=dict(inputs),
    )


@pytest.mark.parametrize(
    ("expected", "holds"),
    [
        (Expected(type="rds/Instance", at="multiAz", equals=True), True),
        (Expected(type="rds/Instance", at="multiAz", equals=False), False),
        (Expected(type="rds/Instance", at="missing"), False),
        (Expected(type="rds/Instance", name="other"), False),
        (Expected(type="rds/Instance", part="us-west-2"), False),
        (Expected(type="rds/Instance", count=2), False),
        (Expected(type="rds/Instance", at="iops", at_least=10, at_most=20), True),
        (Expected(type="rds/Instance", at="iops", at_most=10), False),
        (Expected(type="rds/Instance", at="text.0.name", equals="x"), True),
    ],
)
def test_a_claim_is_held_against_the_plan(expected: Expected, holds: bool) -> None:
    plan = PlanDocument(environment="production", resources=(resource(multiAz=True, iops=15, text='[{"name": "x"}]'),))
    [row] = cover({"production": plan}, [Claim(lines=350, plan=(expected,))], SPECIFICATION.read_text())
    assert (row.status != BROKEN) is holds


def test_only_what_says_something_is_a_statement(tmp_path: Path) -> None:
    text = "## 2. X\n\n### 2.2 Y\n\n- says\n\n```yaml\n# comment\n{\nkey: value\n```\n---\n## 3. Z\n- not ours\n"
    assert list(statements(text).values()) == [("2.2", "- says"), ("2.2", "key: value")]
