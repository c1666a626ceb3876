"""An operation that a command names and that is none, or is of another kind, is refused before anything else."""

import json
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner, Result

from breiqctl import cli
from breiqctl.commands.drill import drill
from breiqctl.commands.failover import failover
from breiqctl.context import Context, UnansweredError
from estate.errors import BreiqError
from operations.kind import Registry
from operations.lock import Lock
from tests.unit.fakes.status import WEST, Fake

FAILOVER = ("--to", WEST, "--accept-data-loss", "60", "--dry-run", "--json")


@pytest.fixture(autouse=True)
def no_local_cloud(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("breiqctl.operating.shown_settings", lambda _context: {})


class Somewhere(Fake):
    """An environment whose public address is known without a local cloud."""

    @property
    def endpoints(self) -> None:
        return None


def failed_over(context: Fake, *arguments: str) -> Result:
    context.registry = lambda _context: Registry([])
    return CliRunner().invoke(failover, [*FAILOVER, *arguments], obj=context)


def test_a_failover_that_supersedes_what_is_no_operation_is_refused() -> None:
    context = Somewhere()
    refused = failed_over(context, "--supersede", "op-nope").exception
    assert isinstance(refused, BreiqError)
    assert (refused.code, refused.category) == ("unknown_operation", "refused")
    assert "op-nope" in refused.message and "breiqctl operation list" in (refused.remedy or "")
    assert failed_over(context).exit_code == 0


def test_an_operation_that_has_the_lock_and_no_journal_yet_is_known() -> None:
    context = Somewhere()
    lock = Lock(context.cloud.table, context.cloud.clock, "somebody@elsewhere:1|scope|1", beat_s=None)
    lock.acquire("op-9", reason="r", begin='{"kind": "deploy"}')
    result = failed_over(context, "--supersede", "op-9")
    assert not isinstance(result.exception, BreiqError)
    assert {"name": "lock", "ok": True} in [
        {key: one[key] for key in ("name", "ok")} for one in json.loads(result.stdout)["gates"]
    ]


@pytest.fixture
def here(tmp_path: Path) -> Any:
    class Here(Fake):
        def reports(self) -> Path:
            return tmp_path

    return Here()


def test_the_report_of_what_is_no_drill_is_named(here: Any, tmp_path: Path) -> None:
    folder = tmp_path / "op-1"
    folder.mkdir()
    (folder / "report.json").write_text(json.dumps({"schema": "breiq.failover/1"}))
    refused = CliRunner().invoke(drill, ["report", "op-1"], obj=here).exception
    assert isinstance(refused, BreiqError)
    assert str(folder / "report.html") in refused.message
    assert refused.remedy == "breiqctl operation show op-1"
    unknown = CliRunner().invoke(drill, ["report", "op-2"], obj=here).exception
    assert isinstance(unknown, BreiqError)
    assert "drill run" not in (unknown.remedy or "") and "operation show op-2" in (unknown.remedy or "")
    none = CliRunner().invoke(drill, ["report"], obj=here).exception
    assert isinstance(none, BreiqError)
    assert none.remedy == "breiqctl drill run region-loss"


def test_an_interrupt_at_a_question_says_that_nothing_was_changed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    class Terminal:
        def isatty(self) -> bool:
            return True

    def interrupted(*_arguments: Any, **_options: Any) -> bool:
        raise click.Abort

    context = Context("local")
    with monkeypatch.context() as patched:
        patched.setattr("breiqctl.context.sys", type("Sys", (), {"stdin": Terminal(), "stderr": Terminal()}))
        patched.setattr(click, "confirm", interrupted)
        with pytest.raises(UnansweredError):
            context.confirm("go")
    assert not context.agreed

    def at_a_question(*_arguments: Any, **_options: Any) -> None:
        raise UnansweredError

    monkeypatch.setattr(cli.cli, "main", at_a_question)
    assert cli.run(["status"]) == 130
    assert capsys.readouterr().err == "interrupted: nothing was changed\n"
