"""Rule conditions as HAProxy ACL lines: what ALB compares, compared the same way.

Source: "Listener rule condition types" of the Application Load Balancer guide. Host, header and query comparisons
ignore case, paths and methods do not; `*` and `?` are wildcards.
"""

import re
from typing import Final

from localcloud.services.elbv2.model import Condition, QueryPair


def quoted(text: str) -> str:
    """Return text as one HAProxy word in which nothing is special: a line's end stands as a code, outside the quotes.

    Raises ValueError for the byte 0, which ends what HAProxy reads.
    """
    if "\0" in text:
        raise ValueError("a value holds the byte 0")
    return "'" + "".join(_CODES.get(letter, letter) for letter in text) + "'"


_CODES: Final = {"'": "'\\''", **{chr(code): f"'\\x{code:02x}'" for code in (*range(1, 32), 127)}}
"""What cannot stand within single quotes: the quote itself, and control characters."""


def word(text: str) -> str:
    """Return a name as it is. Raises ValueError for one that would not be a single word of the configuration."""
    if not _WORD.fullmatch(text):
        raise ValueError(f"{text!r} is no name")
    return text


_WORD: Final = re.compile(r"[A-Za-z0-9!*+.^_`|~/:&-]+")


def has_wildcard(value: str) -> bool:
    """Return whether ALB reads a value as a pattern."""
    return "*" in value or "?" in value


def pattern(value: str, character: str = ".") -> str:
    """Return a value as a regular expression, not anchored; `character` is what a wildcard may stand for."""
    return re.escape(value).replace(r"\*", f"{character}*").replace(r"\?", character)


def acl_lines(name: str, condition: Condition) -> list[str]:
    """Return ACL lines of one name (HAProxy joins them by or) that are true when the condition is."""
    match condition.field:
        case "host-header":
            return _text_lines(name, "req.hdr(host),field(1,:)", condition.values, ignore_case=True)
        case "path-pattern":
            return _text_lines(name, "path", condition.values, ignore_case=False)
        case "http-header":
            return _text_lines(name, f"req.fhdr({word(condition.header or '')})", condition.values, ignore_case=True)
        case "http-request-method":
            return _text_lines(name, "method", condition.values, ignore_case=False)
        case "source-ip":
            return [f"acl {name} src {' '.join(word(value) for value in condition.values)}"]
        case "query-string":
            return [f"acl {name} query -m reg -i {quoted(_query_pattern(pair))}" for pair in condition.pairs]
        case other:
            raise ValueError(f"a rule condition of an unknown field: {other}")


def _text_lines(name: str, fetch: str, values: list[str], *, ignore_case: bool) -> list[str]:
    flag = "-i " if ignore_case else ""
    lines = []
    if exact := [quoted(value) for value in values if not has_wildcard(value)]:
        lines.append(f"acl {name} {fetch} -m str {flag}-- {' '.join(exact)}")
    if patterns := [quoted(f"^{pattern(value)}$") for value in values if has_wildcard(value)]:
        lines.append(f"acl {name} {fetch} -m reg {flag}-- {' '.join(patterns)}")
    return lines


def _query_pattern(pair: QueryPair) -> str:
    key = "([^&=]*=)?" if pair.key is None else f"{pattern(pair.key, '[^&=]')}="
    return f"(^|&){key}{pattern(pair.value, '[^&]')}(&|$)"
