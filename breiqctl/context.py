"""What every command gets: the environment, how to answer, and how to reach AWS."""

import json
import os
import sys
from collections.abc import Callable, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

from breiqctl.folders import REPORTS
from breiqctl.output import Output
from breiqctl.progress import Progress
from estate.errors import BreiqError
from estate.words import known_names
from operations.guard import Guard
from operations.interrupts import Interrupts

if TYPE_CHECKING:
    from aws.caller import Caller
    from aws.session import Session
    from estate.config import ConfigError, Environment
    from operations.kind import Registry


class UnansweredError(click.Abort):
    """Ctrl-C, or the end of the input, at a question: nothing was changed."""


class Context:
    """One call of breiqctl. `json`, `quiet`, `verbose`, `yes` and `dry_run` are the flags of the command.

    `output` is where it writes; `interrupts` what Ctrl-C means; `guard` is asked before each AWS call of an operation.
    `registry` returns the kinds of operations that it can run.
    `agreed`: the yes was given, and from here on something may have been changed.
    """

    def __init__(
        self,
        environment_name: str,
        command: str = "",
        *,
        output: Output | None = None,
        interrupts: Interrupts | None = None,
        registry: "Callable[[Context], Registry] | None" = None,
    ) -> None:
        self.output, self.interrupts, self.guard = output or Output(), interrupts or Interrupts(), Guard()
        self.registry = registry or _no_kinds
        self.writing = False
        self.environment_name, self.command = environment_name, command
        self.json = self.quiet = self.verbose = self.yes = self.dry_run = False
        self.agreed = False
        self.bringing_up = False
        """Whether this process is the `local up` that is still at work: all others wait for it."""
        self.shut_out: dict[str, str] = {}

    def begin(self) -> None:
        """Let the local environment be itself: the shell's settings for AWS, proxies and authorities are ignored.

        `shut_out` keeps what was taken out of this process's environment, and so of all that it starts.
        """
        if self.is_local:
            from breiqctl.local import environment as local_env

            self.shut_out |= local_env.shut_out(os.environ)

    def use(self, environment_name: str) -> None:
        """Answer for another environment from now on."""
        self.environment_name = environment_name
        self.__dict__.pop("environment", None)
        self.__dict__.pop("endpoints", None)
        self.__dict__.pop("caller", None)

    @cached_property
    def environment(self) -> "Environment":
        """The environment's configuration. Raises BreiqError when it is unknown or wrong."""
        from estate.config import ConfigError
        from estate.files import list_environments, read_environment

        try:
            return read_environment(self.environment_name)
        except ConfigError as error:
            known = self.environment_name in list_environments()
            raise wrong_file("bad_environment" if known else "unknown_environment", error) from error

    @cached_property
    def progress(self) -> Progress:
        """What this command shows of its operations."""
        return Progress(self)

    @property
    def is_local(self) -> bool:
        """Whether the environment lives in the local cloud."""
        return self.environment_name == "local"

    @cached_property
    def endpoints(self) -> dict[str, Any] | None:
        """The local cloud's endpoints (`aws`, `site`, `ca_file`, …); None for an environment on AWS.

        Raises BreiqError `local_cloud_down` when the environment is local and no local cloud runs, and
        `local_cloud_starting` while another process brings it up.
        """
        if not self.is_local:
            return None
        from stackops import local_socket

        status = local_socket.status()
        if not status.get("ready", True) and not self.bringing_up:
            raise local_cloud_starting()
        endpoints: dict[str, Any] = status["endpoints"]
        return endpoints

    @property
    def grade(self) -> str:
        """The grade of what is measured here: `local` or `aws` (docs/design.md#grades)."""
        return "local" if self.is_local else "aws"

    @property
    def site_url(self) -> str:
        """The public address: the edge's bare address in the local cloud, else the domain."""
        return str(self.endpoints["site"]) if self.endpoints else f"https://{self.environment.domain}"

    @property
    def ca_file(self) -> str | None:
        """The authorities that sign the public address's certificate; None for the system's own."""
        return str(self.endpoints["ca_file"]) if self.endpoints else None

    def session(self, region: str) -> "Session":
        """Return a session of the AWS clients of one region. On AWS it speaks to the environment's account alone."""
        self.check_region(region)
        return self._session(region, self.caller)

    def unchecked_session(self, region: str) -> "Session":
        """Return a session of any region, without a look at the caller's account: to look who answers."""
        return self._session(region, None)

    def _session(self, region: str, caller: "Caller | None") -> "Session":
        from aws.session import Session

        if self.endpoints is None:
            return Session(region=region, command=self.command, caller=caller)
        return Session(
            region=region,
            command=self.command,
            endpoint_url=self.endpoints["aws"],
            access_key=self.endpoints["access_key_id"],
            secret_key=self.endpoints["secret_access_key"],
        )

    @cached_property
    def caller(self) -> "Caller | None":
        """Who calls, to be compared with the environment's account before any other call.

        None in the local cloud: its supervisor says endpoint and keys, the caller's shell has no part in it.
        """
        if self.is_local:
            return None
        from aws.caller import Caller, of_arn
        from estate import topology

        environment = self.environment
        table = topology.operations_table(environment)
        regions = (environment.standby_region, environment.primary_region, environment.witness_region)
        return Caller(
            environment.account_id,
            regions,
            lambda region: self.unchecked_session(region).sts.identity(),
            ask_otherwise=lambda region: of_arn(self.unchecked_session(region).table(table).arn),
        )

    def check_account(self) -> None:
        """Return when the caller's account is the environment's. Raises CallerFault (of aws.errors; refused)."""
        if self.caller is not None:
            self.caller.check()

    def check_region(self, region: str) -> None:
        """Raise BreiqError `unknown_region` unless `region` is one of the environment's."""
        if region not in self.environment.regions:
            raise BreiqError(
                "unknown_region",
                "usage",
                f"{region!r} is not a region of {self.environment_name}",
                remedy=known_names(region, self.environment.regions),
            )

    def reports(self) -> Path:
        """Return the folder of reports, made if absent."""
        REPORTS.mkdir(parents=True, exist_ok=True)
        return REPORTS

    def say(self, text: str) -> None:
        """Write one line of progress to stderr, unless `--quiet`."""
        if not self.quiet:
            self.output.say(text)

    def answer(
        self, document: dict[str, Any], render: Callable[[dict[str, Any]], str], *, verbatim: bool = False
    ) -> None:
        """Write the command's result to stdout: the document with `--json`, else its text, which a terminal gets in
        lines of its width unless it is `verbatim` (a script, a log).

        A write has happened, whoever can read of it; of a command that only reads, the answer is all there is. Raises
        BreiqError `answer_lost` (refused: nothing changed) when that could not be written.
        """
        text = json.dumps(document, default=str) if self.json else render(document)
        self.output.answer(text, verbatim=verbatim or self.json)
        if self.output.lost is not None and not (self.writing and not self.dry_run):
            raise BreiqError(
                "answer_lost",
                "refused",
                "the output could not be written to standard output",
                cause=str(self.output.lost),
                remedy="redirect it to a place that can be written to, and run the command again",
            )

    def confirm(self, what: str, known: Sequence[str] = ()) -> None:
        """Return when the write may go on. Without `--yes`: ask on a terminal, refuse elsewhere (exit 3).

        `known` is what is known of it, a line each: shown before the question.

        The local cloud's own commands never call this: they touch this machine alone.
        """
        if self.yes:
            self.agreed = True
            return
        self.output.flush()
        if self.json or not (sys.stdin and sys.stdin.isatty() and sys.stderr.isatty()):
            raise BreiqError(
                "needs_yes",
                "refused",
                f"{what} needs a confirmation, and there is no terminal",
                remedy="add --yes, or --dry-run to see the steps",
            )
        for line in known:
            self.output.say(f"  {line}")
        self.output.flush()
        try:
            agreed = click.confirm(self.output.fitted(f"{what}?", len(" [y/N]: ")), err=True)
        except click.Abort as abort:
            raise UnansweredError from abort
        if not agreed:
            raise BreiqError("declined", "refused", "cancelled: nothing was changed")
        self.agreed = True


def wrong_file(code: str, error: "ConfigError") -> BreiqError:
    """Return what people and scripts read of a file of the environment that is wrong, or not there."""
    message = f"{error.where}: {f'{error.key}: ' if error.key else ''}{error.problem}"
    return BreiqError(code, "usage", message, cause=error.rule, remedy=error.remedy)


def _no_kinds(_context: Context) -> "Registry":
    raise AssertionError("this context cannot run operations")


def default_environment() -> str:
    """Return `$BREIQ_ENV`, else `local`."""
    return os.environ.get("BREIQ_ENV") or "local"


def exit_with(code: int) -> NoReturn:
    """End the command with an exit code of the contract."""
    raise click.exceptions.Exit(code)


def local_cloud_starting() -> BreiqError:
    """Return the refusal while another process is still bringing the local cloud up: most of it is not there yet."""
    return BreiqError(
        "local_cloud_starting",
        "refused",
        "another `local up` of this checkout is still running",
        remedy="wait for it (breiqctl local wait), or stop it: breiqctl local down",
    )
