"""What the estate's commands print with `--json`."""

from collections.abc import Callable
from pathlib import Path

import pytest

from breiqctl.context import Context
from breiqctl.estate.document import cost_of, plan_document
from estate import files
from estate.errors import BreiqError
from stackops import Plan


def test_an_environment_without_usage_is_planned_and_not_priced(
    planned: Callable[[str], Plan], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert plan_document(Context("local"), planned("local"))["monthly_cost_usd"] > 0
    monkeypatch.setattr(files, "USAGE", tmp_path)
    document = plan_document(Context("local"), planned("local"))
    assert (document["monthly_cost_usd"], document["cost"]) == (None, None)
    assert "stacks/usage/local.yaml" in document["warnings"][-1]


@pytest.mark.parametrize("text", [None, "no such key: 1"])
def test_cost_without_usage_is_a_usage_error(
    planned: Callable[[str], Plan], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str | None
) -> None:
    monkeypatch.setattr(files, "USAGE", tmp_path)
    monkeypatch.setattr(files, "ROOT", tmp_path)
    if text:
        (tmp_path / "local.yaml").write_text(text)
    with pytest.raises(BreiqError) as refused:
        cost_of(Context("local"), planned("local"))
    assert (refused.value.code, refused.value.category) == ("bad_usage", "usage")
    assert refused.value.remedy
