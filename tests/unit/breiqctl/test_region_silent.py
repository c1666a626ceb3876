"""What a command that reads both regions says while one does not answer: that one is unknown, the other is shown."""

import json
from typing import Any

import pytest
from click import Command
from click.testing import CliRunner, Result

from aws import errors
from aws.logs import LogEvent
from breiqctl.commands.logs import logs
from breiqctl.commands.release import release
from tests.unit.fakes.services import FakeLogs
from tests.unit.fakes.status import EAST, WEST, Fake

SAID = f"{EAST} does not answer: its "


@pytest.fixture(autouse=True)
def lines(monkeypatch: pytest.MonkeyPatch) -> None:
    def events(self: FakeLogs, group: str, **_more: Any) -> list[LogEvent]:
        return [LogEvent(1.0, "app/gateway/0123456789", f"a line of {group}", "e1")]

    monkeypatch.setattr(FakeLogs, "events", events)


def called(context: Fake, command: Command, *arguments: str, capsys: pytest.CaptureFixture[str]) -> tuple[Result, str]:
    context.json = False  # each call is one of its own
    result = CliRunner().invoke(command, arguments, obj=context)
    context.output.flush()
    return result, result.stderr + capsys.readouterr().err


def test_the_lines_of_the_region_that_answers_are_shown(capsys: pytest.CaptureFixture[str]) -> None:
    context = Fake()
    assert called(context, logs, "gateway", capsys=capsys)[0].exit_code == 0
    context.lose(EAST)
    result, said = called(context, logs, "gateway", "--json", capsys=capsys)
    document = json.loads(result.stdout)
    assert ([one["region"] for one in document["events"]], result.exit_code) == ([WEST], 4)
    assert [(one["what"], one["remedy"]) for one in document["unknown"]] == [(f"logs in {EAST}", "do this")]
    assert said.count(f"{SAID}logs are unknown") == 1


@pytest.mark.parametrize("arguments", [["--region", EAST], []])
def test_logs_of_which_none_can_be_read_are_an_error(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    context = Fake()
    context.lose(EAST)
    if not arguments:
        context.lose(WEST)
    result, _said = called(context, logs, "gateway", *arguments, capsys=capsys)
    assert isinstance(result.exception, errors.Unreachable)


def test_a_region_that_refuses_to_show_its_logs_is_no_silent_one(capsys: pytest.CaptureFixture[str]) -> None:
    context = Fake()
    context.failing["logs", EAST] = errors.Denied
    assert isinstance(called(context, logs, "gateway", capsys=capsys)[0].exception, errors.Denied)


def test_the_versions_of_the_region_that_answers_are_shown(capsys: pytest.CaptureFixture[str]) -> None:
    context = Fake()
    whole, said = called(context, release, "show", "--json", capsys=capsys)
    assert (whole.exit_code, said, json.loads(whole.stdout)["unknown"]) == (0, "", [])
    context.lose(EAST)
    result, said = called(context, release, "show", "--json", capsys=capsys)
    document = json.loads(result.stdout)
    assert result.exit_code == 4
    assert document["regions"] == {EAST: None, WEST: json.loads(whole.stdout)["regions"][WEST]}
    assert [one["what"] for one in document["unknown"]] == [f"release in {EAST}"]
    assert said.count(f"{SAID}versions are unknown") == 1
    text = called(context, release, "show", capsys=capsys)[0].stdout
    assert any(line.split() == [EAST, "unknown", "unknown"] for line in text.splitlines())
    context.lose(WEST)
    assert isinstance(called(context, release, "show", capsys=capsys)[0].exception, errors.Unreachable)
