"""Completion: what exists is offered, and an error offers nothing and says nothing."""

from pathlib import Path
from typing import Any

import click
import pytest
from click.shell_completion import ShellComplete

from breiqctl import completing
from breiqctl.cli import cli
from stackops import local_socket


def offered(*words: str) -> list[str]:
    """Return what a shell offers for the last word."""
    complete = ShellComplete(cli, {}, "breiqctl", "_BREIQCTL_COMPLETE")
    return [item.value for item in complete.get_completions(list(words[:-1]), words[-1])]


@pytest.fixture(autouse=True)
def supervisor(monkeypatch: pytest.MonkeyPatch) -> None:
    def ask(op: str, **_fields: Any) -> dict[str, Any]:
        fault = {"fault_id": "fault-1", "name": "link-cut"}
        return {"known": {"link-cut": "", "link-slow": "", "region-loss": ""}, "faults": [fault]}

    monkeypatch.setattr(local_socket, "ask", ask)


@pytest.mark.parametrize(
    ("words", "names"),
    [
        (("failover", "--to", "us-w"), ["us-west-2"]),
        (("drill", "run", "region-loss", "--to", ""), ["us-east-1", "us-west-2"]),
        (("drill", "run", "re"), ["region-loss"]),
        (("logs", "vid"), ["video"]),
        (("logs", "wor"), ["worker"]),
        (("logs", "video", "--region", "us-e"), ["us-east-1"]),
        (("local", "fault", "start", "link-"), ["link-cut", "link-slow"]),
        (("local", "fault", "stop", ""), ["link-cut", "fault-1"]),
        (("-e", "stag"), ["staging"]),
        (("estate", "plan", "--stack", "local-e"), ["local-edge"]),
        (("-e", "staging", "estate", "plan", "--stack", "staging-f"), ["staging-foundation"]),
    ],
)
def test_names_are_offered(words: tuple[str, ...], names: list[str]) -> None:
    assert offered(*words) == names


def test_tags_and_operations_are_read_from_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / ".breiq" / "registry" / "breiq-local" / "app"
    folder.mkdir(parents=True)
    name = "org.opencontainers.image.ref.name"
    folder.joinpath("index.json").write_text(
        f'{{"manifests": [{{"annotations": {{"{name}": "v1"}}}}, {{"annotations": {{"{name}": "v2"}}}}]}}'
    )
    (tmp_path / ".breiq" / "reports" / "op-20261201-0001").mkdir(parents=True)
    monkeypatch.setattr("breiqctl.folders.REGISTRY", tmp_path / ".breiq" / "registry")
    monkeypatch.setattr("breiqctl.folders.REPORTS", tmp_path / ".breiq" / "reports")
    assert completing.operations(click.Context(cli), click.Argument(["x"]), "op-") == ["op-20261201-0001"]
    assert offered("deploy", "v") == ["v2", "v1"], "the newest first"


@pytest.mark.parametrize(
    "words",
    [("local", "fault", "start", ""), ("local", "fault", "stop", "x"), ("deploy", ""), ("-e", "no", "logs", "")],
)
def test_an_error_offers_nothing(
    words: tuple[str, ...], monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    def broken(*_arguments: Any, **_fields: Any) -> Any:
        raise OSError("no supervisor")

    monkeypatch.setattr(local_socket, "ask", broken)
    monkeypatch.setattr("breiqctl.folders.REGISTRY", tmp_path)
    assert offered(*words) == []
    assert capfd.readouterr() == ("", "")
