"""Text for a terminal's width: no word is split, and a command that is continued can still be copied."""

import re
import textwrap
from typing import Final

LABEL: Final = re.compile(r"\s*\S+(?: \S+)?(?:: | {2,})")
"""What continued lines are indented under: `failover   `, `  next: `, `  why: `."""

COMMAND: Final = re.compile(r"\s*(?:next: |try: )?(?:breiqctl|aws) [^;,()]*$")
"""A line that is a command and nothing else."""

ALIGNED: Final = re.compile(r"\S {2,}\S.* {2,}\S|[─━│┃]")
"""A row of a table: columns would not stay columns."""

WIDEST_LABEL: Final = 16


def wrapped(text: str, width: int) -> str:
    """Return a text whose lines are no wider than `width`, where its words allow that. Rows of tables stay."""
    return "\n".join(line for one in text.split("\n") for line in _lines(one, width))


def _lines(line: str, width: int) -> list[str]:
    if len(line) <= width or ALIGNED.search(line):
        return [line]
    indent = _indent(line)
    is_command = COMMAND.match(line) is not None
    body = textwrap.wrap(
        line,
        width - 2 if is_command else width,
        subsequent_indent=" " * indent,
        break_long_words=False,
        break_on_hyphens=False,
        drop_whitespace=True,
        replace_whitespace=False,
    )
    return [f"{one} \\" for one in body[:-1]] + body[-1:] if is_command else body


def _indent(line: str) -> int:
    found = LABEL.match(line)
    if found is not None and found.end() <= WIDEST_LABEL:
        return found.end()
    return len(line) - len(line.lstrip()) + 2
