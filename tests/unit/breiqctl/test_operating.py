"""What the commands of operations share."""

import time
from dataclasses import replace
from pathlib import Path

import click
import pytest

from aws.errors import Unreachable
from aws.reachability import Site
from breiqctl import operating
from breiqctl.commands.failover import known
from breiqctl.context import Context
from breiqctl.kinds import registry
from breiqctl.releasing import ReleaseRun
from breiqctl.status import vantage
from breiqctl.views.steps import render_steps
from estate.errors import BreiqError
from operations.dryrun import describe_plan
from operations.front import Front
from operations.step import Checked, PointOfNoReturn, Refusal, Step
from operations.table import MemoryTable
from tests.unit.dr.stages import EAST
from tests.unit.operations.engine_kit import PLACE
from tests.unit.operations.scenarios import SCENARIOS


class SilentTable(MemoryTable):
    def get(self, pk: str, sk: str) -> None:
        raise Unreachable("aws_unreachable", "transient", "no answer", call="dynamodb:GetItem", region="us-east-1")


def test_every_kind_of_operation_goes_through_the_saga_tests() -> None:
    assert {kind.name for kind in registry(Context("local"))} == set(SCENARIOS)


def test_a_table_that_does_not_answer_is_told_from_an_empty_one() -> None:
    assert operating.answers(MemoryTable())
    assert not operating.answers(SilentTable())


def test_a_plan_says_calls_needs_and_the_point_of_no_return() -> None:
    steps = [
        Step(
            name="a", region="us-west-2", summary="first", calls=("ecs:UpdateService@us-west-2",), undo=lambda _c: None
        ),
        Step(name="b", summary="second", undo=PointOfNoReturn("it is done"), estimate_s=2),
    ]
    document = describe_plan("toy", steps)
    assert document["steps"][0]["needs"] == ["ecs in us-west-2"]
    assert document["estimate_s"] == 2
    text = render_steps(document, 80)
    assert "ecs:UpdateService" in text
    assert "POINT OF NO RETURN: it is done" in text


def test_a_plan_says_what_each_gate_answers_and_no_word_is_split() -> None:
    steps = [
        Step(name="a", region="us-west-2", summary="start " + "many tasks " * 20, calls=("ecs:UpdateService",) * 9)
    ]
    gates = [
        Checked("writer lease"),
        Checked("data loss", Refusal("too_much", "too much could be lost", "wait", waiver="--more")),
        Checked("good traffic", unasked="measured later"),
    ]
    document = describe_plan("toy", steps, gates)
    assert [one["ok"] for one in document["gates"]] == [True, False, None]
    assert document["refusal"]["code"] == "too_much"
    lines = render_steps(document, 60).splitlines()
    assert all(len(line) <= 60 for line in lines)
    assert "  ok       writer lease" in lines
    assert "  REFUSES  data loss: too much could be lost" in lines
    assert "  next     wait; --more skips this check" in lines
    assert "  later    good traffic: measured later" in lines
    assert "it would be REFUSED now" in " ".join(lines[-2:])


@pytest.mark.parametrize(("refusal", "code"), [(None, 0), (Refusal("no", "why", "x"), 3)])
def test_a_dry_run_exits_with_what_the_gates_say(refusal: Refusal | None, code: int) -> None:
    context = Context("local")
    context.quiet = context.json = True
    with pytest.raises(click.exceptions.Exit) as left:
        operating.answer_dry_run(context, describe_plan("toy", [], [Checked("gate", refusal)]))
    assert left.value.exit_code == code


def test_a_dry_run_of_a_plan_exits_with_the_first_refusal(capsys: pytest.CaptureFixture[str]) -> None:
    def refuse() -> None:
        raise BreiqError("locked", "refused", "op-1 holds the lock", remedy="wait")

    context = Context("local")
    for gates, code in (([lambda: None], 0), ([lambda: None, refuse], 3)):
        with pytest.raises(click.exceptions.Exit) as left:
            operating.end_dry_run(context, *gates)
        assert left.value.exit_code == code
    context.output.flush()
    assert "it would be REFUSED now: op-1 holds the lock" in capsys.readouterr().err


def test_nobody_is_asked_before_the_gates_have_agreed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A release that would be refused says so, and asks nothing; one that is accepted says what is known."""
    stage, asked = SCENARIOS["deploy"](), []
    context = Context("local")
    monkeypatch.setattr(context, "confirm", lambda what, known: asked.append((what, known)) or _stop())
    monkeypatch.setattr(operating, "front_of", lambda _context, engine: Front(engine, PLACE, lambda _id: Path()))
    for refusal in (Refusal("no", "why", "x"), None):
        kind = stage.with_steps(lambda _n, step, refusal=refusal: replace(step, refuse=lambda _c: refusal))
        run = ReleaseRun.__new__(ReleaseRun)
        run.context, run.engine = context, stage.engine(kind)
        with pytest.raises(BreiqError) as stopped:
            run(kind, stage.params, stage.facts, what="release v2")
        assert stopped.value.code == ("no" if refusal else "stopped")
    [(what, known)] = asked
    assert what == "release v2"
    assert known[0].startswith("us-east-1 (primary)  from v1 to v2 (blue to green)")
    assert known[1].startswith("us-west-2 (standby)  from v1 to v2 (blue to green)")


def _stop() -> None:
    raise BreiqError("stopped", "refused", "stopped at the question")


def test_before_a_failover_it_is_said_what_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    stage = SCENARIOS["failover"]()
    context = Context("local")
    context.__dict__["endpoints"] = {"site": "https://breiq.example"}
    monkeypatch.setattr(time, "time", stage.options["clock"].now)
    for site, said in (
        (None, "does not answer"),
        (Site(EAST, writes=True), "answers from us-east-1 and accepts writes: the primary serves users"),
        (Site(EAST, writes=False), "answers from us-east-1, but accepts no writes"),
    ):
        monkeypatch.setattr(vantage, "ask_site", lambda _context, site=site: site)
        loss, users, took, undo = known(context, stage.params, stage.facts, stage.table)
        assert loss.startswith("loss     at most 15 s of acknowledged writes (replica lag 0.3 s); ")
        assert said in users
        assert "no region accepts writes meanwhile" in took
        assert "'promote'" in undo


def test_an_outcome_names_the_next_command() -> None:
    document = {"operation_id": "op-1", "verdict": "paused", "reason": "It stopped.", "next_command": "breiqctl x"}
    assert "next: breiqctl x" in operating.render_outcome(document)


def reports_in(folder: Path) -> Context:
    context = Context("local")
    context.reports = lambda: _made(folder)  # type: ignore[method-assign]
    return context


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.mark.parametrize("in_the_way", ["reports", "reports/op-1", ""])
def test_a_file_where_the_reports_belong_is_named_with_the_command_that_moves_it(
    tmp_path: Path, in_the_way: str
) -> None:
    root = tmp_path / "breiq"
    file = root / in_the_way if in_the_way else root
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("")
    with pytest.raises(BreiqError) as refused:
        operating.folder_of(reports_in(root / "reports"), "op-1")
    assert (refused.value.code, refused.value.exit_code) == ("no_reports", 3)
    assert refused.value.remedy is not None and f"mv {file} {file}.old" in refused.value.remedy


def test_a_release_that_never_moved_traffic_does_not_say_when_it_came_back() -> None:
    document = {"operation_id": "op-1", "verdict": "rolled_back", "reason": "x", "rollback_s": 0.0}
    assert "previous version" not in operating.render_outcome({**document, "traffic_moved": False})
    assert "1.5 s" in operating.render_outcome({**document, "rollback_s": 1.5, "traffic_moved": True})
