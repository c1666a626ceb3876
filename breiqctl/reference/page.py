"""docs/cli.md as text: conventions, every command, every document, every error code."""

from pathlib import Path
from typing import Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from breiqctl.cli import cli
from breiqctl.reference import commands, documents, error_codes
from estate.files import ROOT

PAGE: Final = ROOT / "docs" / "cli.md"


def reference() -> str:
    """Return the whole page. Its fixed text is in `cli.md.j2`."""
    found = commands.described(cli)
    known = documents.read_documents()
    printed = {one.name: [name for name, document in known.items() if one.name in document.commands] for one in found}
    loader = FileSystemLoader(Path(__file__).parent)
    plain = Environment(loader=loader, undefined=StrictUndefined, keep_trailing_newline=True)  # noqa: S701 - no HTML
    return plain.get_template("cli.md.j2").render(
        common=_common(found),
        commands=found,
        sections=[commands.section(one, printed[one.name]) for one in found],
        documents=[documents.section(document) for document in known.values()],
        errors=error_codes.table(error_codes.error_codes()),
    )


def _common(found: list[commands.Described]) -> list[str]:
    """Return the rows of the options that every command has, and of those that every change has."""
    one = next(one for one in found if one.has("dry_run") and one.has("json"))
    names = (*commands.COMMON, *commands.WRITING)
    return [commands.row(parameter) for parameter in one.command.params if parameter.name in names]
