"""The commands of breiqctl as data and as Markdown. The tree of click commands is the only source."""

import inspect
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import click

COMMON: Final = ("environment", "verbose", "quiet", "json", "help")
"""Options of (nearly) every command: described once."""

WRITING: Final = ("dry_run", "yes")
"""Options of every command that changes something."""


@dataclass(frozen=True)
class Described:
    """One command, by its words: `estate state copy`."""

    words: tuple[str, ...]
    command: click.Command

    @property
    def name(self) -> str:
        """The command as it is typed, without breiqctl."""
        return " ".join(self.words)

    @property
    def parameters(self) -> list[click.Parameter]:
        """The command's own arguments and options."""
        own = self.command.params
        return [one for one in own if one.name not in COMMON + WRITING and not getattr(one, "hidden", False)]

    def has(self, name: str) -> bool:
        """Return whether the command has an option of this name."""
        return any(one.name == name for one in self.command.params)


def described(root: click.Group) -> list[Described]:
    """Return every command that can be run, in the order of their names. A group counts if it does something alone."""
    return list(_below(root, (), click.Context(root, info_name="breiqctl")))


def _below(group: click.Group, words: tuple[str, ...], context: click.Context) -> Iterator[Described]:
    for name in sorted(group.list_commands(context)):
        command = group.get_command(context, name)
        if command is None or command.hidden:
            continue
        inner = (*words, name)
        if not isinstance(command, click.Group):
            yield Described(inner, command)
            continue
        if command.invoke_without_command:
            yield Described(inner, command)
        yield from _below(command, inner, click.Context(command, parent=context, info_name=name))


def section(one: Described, documents: list[str]) -> str:
    """Return a command's section: what it does, how it is typed, its arguments and options, what `--json` prints."""
    parts = [" ".join(("### breiqctl", *one.words)), _help(one), f"```\n{_usage(one)}\n```"]
    rows = [row(parameter) for parameter in one.parameters]
    if rows:
        parts.append("\n".join(["| argument or option | meaning |", "|---|---|", *rows]))
    kind = "changes something (`--dry-run`, `--yes`)" if one.has("dry_run") else "only reads"
    if one.words[0] == "local" and kind == "only reads":
        kind = "concerns this machine alone, and never asks"
    links = ", ".join(f"[{name}](#{anchor(name)})" for name in documents)
    parts.append(f"It {kind}." + (f" Documents: {links}." if links else ""))
    return "\n\n".join(parts)


def anchor(schema: str) -> str:
    """Return the anchor of a document's heading, as GitHub makes it."""
    return schema.replace(".", "").replace("/", "")


def _help(one: Described) -> str:
    text = inspect.cleandoc(one.command.help or "").partition("\f")[0]
    return "\n\n".join(" ".join(block.split()) for block in text.split("\n\n"))


def _usage(one: Described) -> str:
    context = click.Context(one.command)
    pieces = [piece for piece in one.command.collect_usage_pieces(context) if piece != "COMMAND [ARGS]..."]
    return " ".join(["breiqctl", *one.words, *pieces])


def row(parameter: click.Parameter) -> str:
    """Return an argument or option as a row: how it is written, and what it means."""
    if isinstance(parameter, click.Option):
        written, meaning = parameter.get_help_record(click.Context(click.Command("x"))) or ("", "")
    else:
        written, meaning = parameter.make_metavar(click.Context(click.Command("x"))), "required argument"
        if not parameter.required:
            meaning = "optional argument"
    return f"| `{cell(written)}` | {cell(meaning)} |"


def cell(text: str) -> str:
    """Return a text as it may stand in a cell of a table."""
    return " ".join(text.split()).replace("|", "\\|")
