"""The flags that all commands take, and those of every write: how a command is declared, and given its Context."""

from collections.abc import Callable
from functools import wraps
from typing import Any

import click

from breiqctl import completing
from breiqctl.context import Context
from estate.errors import BreiqError

pass_context = click.make_pass_decorator(Context)


def _store(name: str) -> Callable[[click.Context, click.Parameter, bool], bool]:
    def callback(ctx: click.Context, _parameter: click.Parameter, value: bool) -> bool:
        if value:
            setattr(ctx.ensure_object(Context), name, True)
        return value

    return callback


def _flag(*names: str, attribute: str, help_text: str) -> Callable[[Any], Any]:
    return click.option(*names, is_flag=True, expose_value=False, callback=_store(attribute), help=help_text)


def _use_environment(ctx: click.Context, _parameter: click.Parameter, value: str | None) -> None:
    if value is not None:
        ctx.ensure_object(Context).use(value)


def reads(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options of all (`-e`, `--json`, `--quiet`, `-v`), and the Context as first argument."""
    for option in (
        click.option(
            "-e",
            "--environment",
            expose_value=False,
            is_eager=True,
            callback=_use_environment,
            shell_complete=completing.environments,
            help="The environment: a file in stacks/environments/. May stand before or after the command.",
        ),
        _flag(
            "-v", "--verbose", attribute="verbose", help_text="More details; show a traceback after an internal error."
        ),
        _flag("--quiet", attribute="quiet", help_text="No progress on stderr."),
        _flag("--json", attribute="json", help_text="One JSON document on stdout."),
    ):
        command = option(command)
    return pass_context(_begun(command))


def on_this_machine(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options of all. It concerns the local cloud alone, and refuses another environment's name."""

    @wraps(command)
    def local(context: Context, *arguments: Any, **options: Any) -> Any:
        if not context.is_local:
            raise BreiqError(
                "not_local",
                "usage",
                f"the local cloud runs the environment local, not {context.environment_name}",
                remedy="breiqctl -e local local …",
            )
        return command(context, *arguments, **options)

    return reads(local)


def _begun(command: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(command)
    def begun(context: Context, *arguments: Any, **options: Any) -> Any:
        context.begin()
        return command(context, *arguments, **options)

    return begun


def writes(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the flags of `reads`, and those of every write: `--dry-run` and `--yes`."""
    command = _flag("--yes", attribute="yes", help_text="Skip the question. Safety checks still apply.")(command)
    text = "Show the steps and the gates' answers, and change nothing. Exit 3: it would be refused now."
    command = _flag("--dry-run", attribute="dry_run", help_text=text)(command)
    return reads(_writing(command))


def _writing(command: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(command)
    def write(context: Context, *arguments: Any, **options: Any) -> Any:
        context.writing = True
        try:
            return command(context, *arguments, **options)
        except BreiqError as error:
            if not context.agreed:
                _refuse(error)
            raise

    return write


def _refuse(error: BreiqError) -> None:
    """Let an error that came before the yes be a refusal: nothing was touched by then, whatever went wrong."""
    if error.category in ("transient", "permanent"):
        error.category = "refused"
        error.message = f"{error.message}; nothing was changed"
