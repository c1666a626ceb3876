"""Numbers of options: plain decimal and finite. No command takes them otherwise."""

from collections.abc import Iterator
from typing import Any

import click
import pytest

from breiqctl import cli
from breiqctl.option_types import Seconds, Whole, is_plain_number

WRONG = [
    "nan",
    "NaN",
    "inf",
    "-inf",
    "infinity",
    "1_0",
    "0x10",
    "1e400",
    "1e3",
    " 5",
    "5 ",
    "٥",
    "５",
    "",
    "five",
    "1:30",
    "5s",
]


def commands(command: click.Command, path: str = "breiqctl") -> Iterator[tuple[str, click.Command]]:
    yield path, command
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            inner = command.get_command(context, name)
            assert inner is not None
            yield from commands(inner, f"{path} {name}")


PARAMETERS = [
    (f"{path} {parameter.opts[0]}", parameter) for path, command in commands(cli.cli) for parameter in command.params
]
NUMBERS = [(name, parameter.type) for name, parameter in PARAMETERS if isinstance(parameter.type, Seconds | Whole)]


def test_no_option_takes_a_number_as_python_does() -> None:
    loose = click.types.FloatParamType | click.types.IntParamType
    assert [name for name, parameter in PARAMETERS if isinstance(parameter.type, loose)] == []
    assert len(NUMBERS) >= 7


@pytest.mark.parametrize(("name", "kind"), NUMBERS)
def test_every_number_of_every_command_is_plain_and_within_its_bounds(name: str, kind: Any) -> None:
    for text in [*WRONG, str(kind.minimum - 1), str(kind.maximum + 1), "9" * 400]:
        with pytest.raises(click.BadParameter):
            kind.convert(text, None, None)
    assert kind.convert(f"{kind.maximum:.0f}", None, None) == kind.maximum
    assert kind.convert(f"{kind.minimum:g}", None, None) == kind.minimum


def test_a_default_is_taken_as_it_is() -> None:
    assert Seconds(0, 100).convert(60.0, None, None) == 60.0
    assert Whole(1, 100).convert(50, None, None) == 50


@pytest.mark.parametrize(
    "arguments",
    [
        ("failover", "--to", "us-west-2", "--accept-data-loss", "nan"),
        ("failover", "--to", "us-west-2", "--accept-data-loss", "-5"),
        ("failover", "--to", "us-west-2", "--accept-data-loss", "inf"),
        ("deploy", "v1", "--bake", "nan"),
        ("deploy", "v1", "--ready", "nan"),
        ("local", "wait", "--timeout", "nan"),
        ("local", "fault", "start", "region-loss", "--for", "nan"),
        ("local", "up", "--setting", "dns_ttl_s=nan"),
        ("local", "up", "--setting", "dns_ttl_s=٥"),
        ("drill", "run", "region-loss", "--runs", "0"),
    ],
)
def test_a_number_that_is_none_is_a_usage_error(arguments: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(list(arguments)) == 2
    assert "Traceback" not in capsys.readouterr().err


def test_plain_numbers() -> None:
    assert [text for text in ("5", "0.5", "-1", "+2", "10.25", *WRONG) if is_plain_number(text)] == [
        *("5", "0.5", "-1", "+2", "10.25")
    ]


def test_a_relative_folder_of_the_local_cloud_is_refused(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("BREIQ_LOCAL_DIR", "here")
    assert cli.run(["local", "status", "--json"]) == 2
    assert "bad_local_dir" in capsys.readouterr().out
