"""The entry point: finds the command, runs it, and turns every error into words and an exit code."""

import errno
import gc
import importlib
import json
import sys
import warnings
from typing import TYPE_CHECKING, Final

import click

from breiqctl import completing
from breiqctl.context import Context, UnansweredError, default_environment
from breiqctl.groups import Group
from breiqctl.output import Output, open_standard_streams, settle_streams
from breiqctl.surroundings import settle
from estate.errors import BreiqError
from operations.interrupts import Interrupts

if TYPE_CHECKING:
    from operations.kind import Registry

COMMANDS: Final[dict[str, tuple[str, str]]] = {
    "bootstrap": (
        "breiqctl.commands.bootstrap:bootstrap",
        "Create what must exist before Pulumi: state, roles, secrets.",
    ),
    "completion": ("breiqctl.commands.completion:completion", "Print a completion script for bash, zsh or fish."),
    "deploy": ("breiqctl.commands.deploy:deploy", "Release an image blue-green in every region."),
    "doctor": ("breiqctl.commands.doctor:doctor", "Check tools, permissions, stacks and what each operation needs."),
    "drill": ("breiqctl.commands.drill:drill", "Run experiments against the documented objectives."),
    "estate": ("breiqctl.commands.estate:estate", "Plan and apply the estate."),
    "failover": (
        "breiqctl.commands.failover:failover",
        "Move the service to the other region when the primary is lost.",
    ),
    "image": ("breiqctl.commands.image:image", "Build the app's image, with a bill of materials."),
    "lease": ("breiqctl.commands.lease:lease", "Show which region may write, or repair the writer lease."),
    "local": ("breiqctl.commands.local:local", "The local cloud: the same estate on this machine."),
    "logs": ("breiqctl.commands.logs:logs", "Show the logs of a service's tasks."),
    "operation": (
        "breiqctl.commands.operation:operation",
        "List, show, resume, abort or unlock operations.",
    ),
    "release": ("breiqctl.commands.release:release", "Show what runs, or return to the previous version."),
    "status": ("breiqctl.commands.status:status", "Show both regions on one screen."),
}
"""name → (module:attribute, one line of help). Modules are imported only when their command runs."""


GARBAGE: Final = (20_000, 20, 50)
"""When Python looks for garbage: seldom. boto3's models are many objects that all stay, and each look costs 50 ms."""


class LazyGroup(Group):
    """A group that shows its commands without importing them."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """Return the commands' names, sorted."""
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Import and return a command."""
        if cmd_name not in COMMANDS:
            return None
        module, _, attribute = COMMANDS[cmd_name][0].partition(":")
        command: click.Command = getattr(importlib.import_module(module), attribute)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """Write the list of commands from the table above."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in sorted(COMMANDS.items())])


def _kinds(context: Context) -> "Registry":
    from breiqctl.kinds import registry

    return registry(context)


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.option(
    "-e",
    "--environment",
    "environment",
    default=default_environment,
    shell_complete=completing.environments,
    help="A file in stacks/environments/ [default: $BREIQ_ENV, else local].",
)
@click.version_option("0.1.0", prog_name="breiqctl")
@click.pass_context
def cli(ctx: click.Context, environment: str) -> None:
    """Run Breiq's platform: estate, releases, failover and drills, on AWS or in the local cloud.

    Exit codes: 0 done; 1 failed, and undone; 2 usage; 3 refused, nothing changed; 4 a human is needed;
    5 done, but an objective was missed; 130 interrupted.
    """
    output, interrupts = ctx.obj or (Output(), Interrupts())
    ctx.obj = Context(environment, ctx.invoked_subcommand or "", output=output, interrupts=interrupts, registry=_kinds)


def main() -> None:
    """Run breiqctl and exit with a code of the contract."""
    gc.set_threshold(*GARBAGE)
    open_standard_streams()
    settle()
    output = Output()
    interrupts = Interrupts(output.say)
    interrupts.install()
    code = run(sys.argv[1:], output, interrupts)
    with interrupts.held():  # what is done is done: the code says so
        settle_streams()
        sys.exit(code)


def run(arguments: list[str], output: Output | None = None, interrupts: Interrupts | None = None) -> int:
    """Run one command line and return its exit code; errors are written as the contract says."""
    output = output or Output()
    try:
        return _run(arguments, output, interrupts or Interrupts())
    finally:
        output.flush()


def _run(arguments: list[str], output: Output, interrupts: Interrupts) -> int:  # noqa: PLR0911 - one return a code
    try:
        result = cli.main(arguments, prog_name="breiqctl", standalone_mode=False, obj=(output, interrupts))
    except click.exceptions.Exit as leave:
        return leave.exit_code
    except click.exceptions.NoArgsIsHelpError as error:
        output.say(error.format_message())
        return 2
    except click.ClickException as error:
        context = error.ctx if isinstance(error, click.UsageError) else None
        remedy = f"{context.command_path} --help" if context else None
        return _report(BreiqError("usage", "usage", error.format_message(), remedy=remedy), arguments, output)
    except BreiqError as error:
        return _report(error, arguments, output)
    except (KeyboardInterrupt, click.Abort) as error:
        warnings.simplefilter("ignore", RuntimeWarning)  # of coroutines that a program cut short has not awaited
        output.say("interrupted: nothing was changed" if isinstance(error, UnansweredError) else "interrupted")
        return 130
    except BrokenPipeError:  # whoever read the help, or a log that is followed, has had enough
        return 0
    except Exception as error:  # noqa: BLE001 - the last resort: told as an error, with its traceback under -v
        return _report(_unforeseen(error), arguments, output)
    return result if isinstance(result, int) else 0


def _unforeseen(error: Exception) -> BreiqError:
    """Return the words for what no command foresaw: a file that cannot be used, else our own defect."""
    if isinstance(error, OSError) and (error.filename is not None or error.errno == errno.ENOSPC):
        message = f"{error.filename or 'a file or pipe'} cannot be used: {error.strerror}"
        return BreiqError(
            "file_unusable", "permanent", message, remedy="check the file, its folder and the file's permissions"
        )
    broken = BreiqError(
        "internal",
        "permanent",
        "internal error",
        cause=f"{type(error).__name__}: {error}",
        remedy="run it again with -v and report what it prints",
    )
    broken.__cause__ = error
    return broken


def _has(arguments: list[str], *flags: str) -> bool:
    return any(flag in arguments for flag in flags)


def _report(error: BreiqError, arguments: list[str], output: Output) -> int:
    if _has(arguments, "--json"):
        output.answer(json.dumps(error.document()))
    lines = [f"error: {error.message}"]
    lines += [
        f"  {name}: {text}"
        for name, text in (("why", error.cause), ("next", error.remedy), ("runbook", error.runbook))
        if text
    ]
    output.say("\n".join(lines))
    if _has(arguments, "-v", "--verbose"):
        import traceback

        output.say("".join(traceback.format_exception(error)).rstrip())
    return error.exit_code
