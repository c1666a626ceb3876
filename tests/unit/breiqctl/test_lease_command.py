"""`breiqctl lease` as a person and a script meet it: on a cloud in memory whose renewer beats when the lease is opened."""

import json
from typing import Any

import pytest
from click.testing import CliRunner, Result

from breiqctl.commands.lease import lease
from estate.errors import BreiqError
from operations.writer_lease import KEY
from tests.unit.fakes.status import EAST, WEST, Fake


@pytest.fixture
def context() -> Fake:
    made = Fake()
    table = made.cloud.table
    write = table.update

    def update(pk: str, sk: str, values: Any, **more: Any) -> None:
        write(pk, sk, values, **more)
        if (pk, sk) == KEY and more and values.get("state") == "open":
            write("beat", "primary", {"region": values["holder"], "epoch": values["epoch"]})

    table.update = update  # type: ignore[method-assign]
    return made


def called(context: Fake, *arguments: str) -> Result:
    context.json = context.yes = context.dry_run = False  # each call is one of its own
    return CliRunner().invoke(lease, arguments, obj=context)


def document(result: Result) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(result.stdout)
    assert found["schema"] == "breiq.lease/1"
    return found


def test_a_good_lease_is_shown_and_left_alone(context: Fake) -> None:
    shown = called(context, "show", "--json")
    assert shown.exit_code == 0 and document(shown)["verdict"] == "good"
    before = context.cloud.table.get(*KEY)
    repaired = called(context, "repair", "--yes", "--json")
    assert repaired.exit_code == 0 and document(repaired)["verdict"] == "good"
    assert context.cloud.table.get(*KEY) == before


def test_a_damaged_lease_is_shown_with_its_remedy_and_repaired(context: Fake) -> None:
    context.cloud.table.update(*KEY, {"epoch": "many"})
    shown = called(context, "show", "--json")
    assert shown.exit_code == 4
    assert document(shown)["next_command"] == "breiqctl lease repair"
    assert [problem["code"] for problem in document(shown)["problems"]] == ["lease_damaged"]
    dry = called(context, "repair", "--dry-run", "--json")
    assert dry.exit_code == 0 and document(dry)["to"]["epoch"] == 2
    assert (context.cloud.table.get(*KEY) or {})["epoch"] == "many", "a dry run changes nothing"
    repaired = called(context, "repair", "--yes", "--json")
    assert repaired.exit_code == 0 and document(repaired)["verdict"] == "repaired"
    assert (context.cloud.table.get(*KEY) or {})["epoch"] == 2
    assert called(context, "show").exit_code == 0


def test_a_repair_asks(context: Fake) -> None:
    context.cloud.table.update(*KEY, {"state": ""})
    result = called(context, "repair", "--json")
    assert isinstance(result.exception, BreiqError) and result.exception.code == "needs_yes"


def test_a_lowered_epoch_is_raised_while_a_region_does_not_answer(context: Fake) -> None:
    context.lose(WEST)
    context.cloud.table.update("beat", "primary", {"epoch": 8})
    repaired = called(context, "repair", "--yes", "--json")
    assert repaired.exit_code == 0, repaired.exception
    assert document(repaired)["databases"] == {EAST: "primary", WEST: "unknown"}
    assert (context.cloud.table.get(*KEY) or {})["epoch"] == 9


def test_a_replica_is_not_made_the_holder(context: Fake) -> None:
    context.cloud.table.update(*KEY, {"holder": "mars"})
    result = called(context, "repair", "--holder", WEST, "--yes")
    assert isinstance(result.exception, BreiqError) and result.exception.code == "holder_is_replica"
    unknown = called(context, "repair", "--holder", "mars", "--yes")
    assert isinstance(unknown.exception, BreiqError) and unknown.exception.code == "unknown_region"


def test_it_is_text_for_people(context: Fake) -> None:
    context.cloud.table.update(*KEY, {"epoch": 0})
    text = called(context, "show").stdout
    assert "epoch is 0" in text and "next: breiqctl lease repair" in text
    assert "can write again" in called(context, "repair", "--yes").stdout
