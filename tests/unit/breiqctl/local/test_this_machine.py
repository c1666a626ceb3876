"""Commands of the local cloud, asked for another environment, or while another process brings it up."""

from typing import Any

import click
import pytest

from breiqctl import context as contexts
from breiqctl.cli import cli, run
from breiqctl.context import Context
from estate.errors import BreiqError
from stackops import local_socket


def words(group: click.Group, *before: str) -> list[tuple[str, ...]]:
    """Return every command below a group, with something for each argument."""
    found = []
    for name in group.list_commands(click.Context(group)):
        command = group.get_command(click.Context(group), name)
        assert command is not None
        if isinstance(command, click.Group):
            found += words(command, *before, name)
        else:
            needed = [one for one in command.params if one.required]
            given = [
                part for one in needed for part in ((one.opts[0], "x") if isinstance(one, click.Option) else ("x",))
            ]
            found.append((*before, name, *given))
    return found


LOCAL: Any = cli.get_command(click.Context(cli), "local")


@pytest.mark.parametrize("command", words(LOCAL, "local"), ids=" ".join)
def test_every_command_of_the_local_cloud_refuses_another_environment(
    command: tuple[str, ...], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def asked(*_: Any, **__: Any) -> Any:
        raise AssertionError("the local cloud was asked")

    monkeypatch.setattr(local_socket, "ask", asked)
    assert run(["-e", "production", *command]) == 2
    assert "the local cloud runs the environment local, not production" in capsys.readouterr().err


@pytest.mark.parametrize("ready", [True, False])
def test_who_did_not_bring_the_local_cloud_up_waits_until_it_is_up(
    ready: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(local_socket, "status", lambda: {"ready": ready, "endpoints": {"aws": "http://127.0.0.1:1"}})
    context = Context("local", "status")
    if ready:
        assert context.endpoints == {"aws": "http://127.0.0.1:1"}
        return
    with pytest.raises(BreiqError) as refused:
        _ = context.endpoints
    assert (refused.value.code, refused.value.exit_code) == ("local_cloud_starting", 3)
    assert "breiqctl local wait" in (refused.value.remedy or "")
    context.bringing_up = True
    assert context.endpoints == {"aws": "http://127.0.0.1:1"}
    assert contexts.local_cloud_starting().code == "local_cloud_starting"
