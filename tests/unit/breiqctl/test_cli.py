"""The command line's promises: help without heavy imports, one error form, the contract's exit codes."""

import json
import os
import subprocess
import sys
import warnings
from pathlib import Path
from typing import Any

import click
import pytest

from breiqctl import cli
from breiqctl.context import Context
from breiqctl.flags import reads, writes
from breiqctl.local import client
from estate.errors import EXIT_CODES, BreiqError, Category
from stackops import local_socket


@pytest.fixture(autouse=True)
def no_local_cloud(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BREIQ_LOCAL_DIR", str(tmp_path))
    monkeypatch.delenv("BREIQ_ENV", raising=False)


def run(*arguments: str, capsys: pytest.CaptureFixture[str]) -> tuple[int, str, str]:
    code = cli.run(list(arguments))
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def error(out: str) -> dict[str, Any]:
    document = json.loads(out)
    assert document["schema"] == "breiq.error/1"
    assert {"code", "category", "message", "cause", "remedy", "retryable", "runbook"} <= document.keys()
    return document


def test_help_imports_no_heavy_library() -> None:
    script = "import sys; from breiqctl import cli; cli.run(['--help']); print(sorted({'rich','boto3','pulumi','msgspec','yaml'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_every_command_of_the_table_exists_and_says_what_it_does() -> None:
    for name in cli.COMMANDS:
        command = cli.cli.get_command(click.Context(cli.cli), name)
        assert command is not None, name
        assert command.help, name


@pytest.mark.parametrize(
    ("arguments", "code", "word"),
    [
        (("nonsense",), 2, "usage"),
        (("local", "status"), 3, "local_cloud_down"),
        (("local", "wait", "--timeout", "0.1"), 3, "local_cloud_down"),
        (("-e", "nowhere", "estate", "plan"), 2, "unknown_environment"),
        (("local", "up", "--setting", "dns_ttl_s"), 2, "bad_setting"),
        (("local", "logs", "nothing"), 2, "unknown_log"),
        (("local", "fault", "start", "region-loss", "--region", "mars"), 2, "unknown_region"),
        (("status",), 3, "local_cloud_down"),
        (("estate", "diagram", "-o", "/nowhere/x.svg"), 2, "usage"),
        (("estate", "coverage", "-o", "/"), 2, "usage"),
        (("estate", "plan", "--stack", "local-edge", "--target", "urn:pulumi:prod::x"), 2, "unknown_target"),
        (("bootstrap", "render", "-o", "/proc/1/x/y"), 1, "file_unusable"),
    ],
)
def test_bad_input_ends_with_the_contracts_code_and_a_remedy(
    arguments: tuple[str, ...], code: int, word: str, capsys: pytest.CaptureFixture[str]
) -> None:
    ended, out, err = run(*arguments, "--json", capsys=capsys)
    document = error(out)
    assert (ended, document["code"]) == (code, word)
    assert EXIT_CODES[document["category"]] == code
    assert "Traceback" not in err


def test_down_when_nothing_is_up_is_done_at_once(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run("local", "down", "--json", capsys=capsys)
    assert (code, json.loads(out)["was_up"]) == (0, False)


def test_a_write_without_a_terminal_needs_yes(capsys: pytest.CaptureFixture[str]) -> None:
    context = Context("local")
    with pytest.raises(BreiqError) as caught:
        context.confirm("fail over")
    assert (caught.value.code, caught.value.exit_code) == ("needs_yes", 3)
    context.yes = True
    context.confirm("fail over")


def test_a_break_is_reported_without_a_traceback(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_arguments: Any, **_fields: Any) -> None:
        raise RuntimeError("boom")

    monkeypatch.setattr(local_socket, "ask", broken)
    code, out, err = run("local", "status", "--json", capsys=capsys)
    assert (code, error(out)["code"]) == (1, "internal")
    assert "boom" in err
    assert "Traceback" not in err


def test_flags_of_a_write_reach_the_context() -> None:
    seen: dict[str, bool] = {}

    @click.command()
    @writes
    def command(context: Context) -> None:
        seen.update(json=context.json, yes=context.yes, dry_run=context.dry_run)

    command.main(["--json", "--dry-run"], standalone_mode=False, obj=Context("local"))
    assert seen == {"json": True, "yes": False, "dry_run": True}


@pytest.mark.parametrize(
    "arguments", [("-e", "staging", "show"), ("show", "-e", "staging"), ("-e", "local", "show", "-e", "staging")]
)
def test_the_environment_is_said_before_the_command_or_after_it(
    arguments: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str] = []

    @click.command()
    @reads
    def show(context: Context) -> None:
        seen.append(context.environment.environment)

    monkeypatch.setattr(cli.cli, "get_command", lambda _context, _name: show)
    assert cli.run(list(arguments)) == 0
    assert seen == ["staging"]


def test_a_process_that_ended_unwaited_for_does_not_run() -> None:
    with subprocess.Popen(["cat"], stdin=subprocess.PIPE) as process:
        assert client._runs(process.pid)
        process.kill()
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        assert not client._runs(process.pid)
    assert not client._runs(process.pid)


@pytest.mark.parametrize(
    ("word", "code"),
    [
        ("missing_program", 3),
        ("ports_not_allowed", 3),
        ("no_disk", 3),
        ("tag_taken", 3),
        ("unknown_setting", 2),
        ("bad_tag", 2),
    ],
)
def test_what_the_local_cloud_refuses_keeps_its_words_and_gets_the_contracts_code(word: str, code: int) -> None:
    line = json.dumps({"ok": False, "error": {"code": word, "message": "no", "remedy": "do this"}})
    refusal = local_socket.printed_refusal(f"a log line\n[1]\n{line}\nanother\n")
    assert refusal is not None
    assert (refusal.code, refusal.exit_code, refusal.message, refusal.remedy) == (word, code, "no", "do this")
    assert local_socket.printed_refusal("a log line\n7\n{}\n") is None


def test_an_interrupted_program_says_nothing_of_coroutines(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(*_arguments: Any, **_options: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(cli.cli, "main", interrupted)
    with warnings.catch_warnings(record=True) as said:
        assert run("status", capsys=capsys) == (130, "", "interrupted\n")
        warnings.warn("coroutine 'Output.future' was never awaited", RuntimeWarning, stacklevel=1)
    assert said == []


def test_a_full_disk_is_named_and_is_no_defect_of_ours(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def full(*_arguments: Any, **_options: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(cli.cli, "main", full)
    code, out, _ = run("status", "--json", capsys=capsys)
    assert (code, error(out)["code"]) == (1, "file_unusable")


@pytest.mark.parametrize(("agreed", "code"), [(False, 3), (True, 1)])
@pytest.mark.parametrize("category", ["transient", "permanent"])
def test_what_fails_before_the_yes_is_refused_for_nothing_was_touched(
    category: Category, agreed: bool, code: int
) -> None:
    @click.command()
    @writes
    def command(context: Context) -> None:
        if agreed:
            context.confirm("change something")
        raise BreiqError("aws_unreachable", category, "us-west-2 does not answer", remedy="wait")

    with pytest.raises(BreiqError) as caught:
        command.main(["--yes"], standalone_mode=False, obj=Context("local"))
    assert caught.value.exit_code == code
    assert caught.value.message.endswith("; nothing was changed") == (not agreed)


@pytest.mark.parametrize(
    ("arguments", "meant"),
    [
        (("stauts",), "breiqctl status"),
        (("estate", "pln"), "breiqctl estate plan"),
        (("local", "fault", "lst"), "breiqctl local fault list"),
        (("rollback",), "breiqctl release rollback"),
        (("help",), "breiqctl --help"),
    ],
)
def test_a_command_that_is_not_there_leads_to_the_one_that_was_meant(
    arguments: tuple[str, ...], meant: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, _ = run(*arguments, "--json", capsys=capsys)
    assert (code, error(out)["code"]) == (2, "usage")
    assert f"Did you mean {meant}" in str(error(out)["message"])


def test_nothing_is_said_to_be_meant_by_a_word_that_is_like_none(capsys: pytest.CaptureFixture[str]) -> None:
    _, out, _ = run("frobnicate", "--json", capsys=capsys)
    assert "Did you mean" not in str(error(out)["message"])
