"""Groups of commands that say which command was probably meant."""

import difflib
from collections.abc import Mapping
from typing import Final

import click

OTHER_WORDS: Final[Mapping[str, str]] = {
    "abort": "breiqctl operation abort",
    "apply": "breiqctl estate up",
    "cost": "breiqctl estate cost",
    "destroy": "breiqctl estate destroy",
    "drift": "breiqctl estate drift",
    "failback": "breiqctl failover --to REGION",
    "fault": "breiqctl local fault",
    "help": "breiqctl --help",
    "history": "breiqctl operation list",
    "operations": "breiqctl operation list",
    "plan": "breiqctl estate plan",
    "preview": "breiqctl estate plan",
    "ps": "breiqctl status",
    "releases": "breiqctl release list",
    "repair": "breiqctl lease repair, or breiqctl release repair",
    "resume": "breiqctl operation resume",
    "rollback": "breiqctl release rollback",
    "switchover": "breiqctl failover --to REGION",
    "unlock": "breiqctl operation unlock",
    "up": "breiqctl estate up, or breiqctl local up",
    "version": "breiqctl --version",
}
"""Words that people try first, and the command that they look for."""


class Group(click.Group):
    """A group whose error for an unknown command names the ones that are near."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Return the command; fail as usage, with what was probably meant, where there is none of the name."""
        name = args[0]
        if self.get_command(ctx, name) is None and not name.startswith("-"):
            ctx.fail(f"No such command {name!r}.{self._hint(ctx, name)}")
        return super().resolve_command(ctx, args)

    def _hint(self, ctx: click.Context, name: str) -> str:
        near = difflib.get_close_matches(name, self.list_commands(ctx), n=3, cutoff=0.6)
        meant = [f"{ctx.command_path} {one}" for one in near]
        if ctx.parent is None and name in OTHER_WORDS:
            meant = [OTHER_WORDS[name]]
        return f" Did you mean {', or '.join(meant)}?" if meant else ""
