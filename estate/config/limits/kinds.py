"""What a limit can be. Each gives the reason why a value may not stand there, or None."""

import math
import re
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any, Final

SHOWN: Final = 60
"""So many characters of a wrong value are shown."""


@dataclass(frozen=True)
class Limit:
    """What may stand in a field: `words` say it, `source` says where that is written; `why_not` decides.

    `example` is a value that fits.
    """

    words: str
    source: str
    why_not: Callable[[Any], str | None]
    example: str = ""


def shown(value: Any) -> str:
    """Return a value as it may stand in a message: one line, not too long."""
    text = {None: "null (nothing)", True: "true", False: "false"}[value] if _is_word(value) else repr(value)
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}… ({len(text)} characters)"


def _is_word(value: Any) -> bool:
    return value is None or isinstance(value, bool)


def whole(minimum: int, maximum: int, unit: str, source: str) -> Limit:
    """A whole number from a minimum to a maximum."""

    def why_not(value: Any) -> str | None:
        if isinstance(value, bool) or not isinstance(value, int):
            return f"{shown(value)} is no whole number{_quoted_number(value)}"
        if value < minimum:
            return f"{shown(value)} is less than {minimum}"
        return f"{shown(value)} is more than {maximum}" if value > maximum else None

    return Limit(f"{minimum} to {maximum}{f' {unit}' if unit else ''}", source, why_not, str(minimum))


def number(above: float, maximum: float, unit: str, source: str, *, at_least: bool = False) -> Limit:
    """A finite number above a bound (or at least it) and up to a maximum."""

    def why_not(value: Any) -> str | None:
        if isinstance(value, bool) or not isinstance(value, int | float):
            return f"{shown(value)} is no number{_quoted_number(value)}"
        if isinstance(value, float) and not math.isfinite(value):
            return f"{shown(value)} is no finite number"
        if value < above or (value == above and not at_least):
            return f"{shown(value)} is too small"
        return f"{shown(value)} is more than {maximum:g}" if value > maximum else None

    lower = f"at least {above:g}" if at_least else f"more than {above:g}"
    return Limit(f"{lower}, at most {maximum:g}{f' {unit}' if unit else ''}", source, why_not, f"{maximum:g}")


def _quoted_number(value: Any) -> str:
    return ": the quotes make it a text" if isinstance(value, str) and re.fullmatch(r"-?\d+(\.\d+)?", value) else ""


def one_of(values: Collection[Any], source: str, *, words: str = "") -> Limit:
    """One of these values."""
    listed = ", ".join(map(str, values))

    def why_not(value: Any) -> str | None:
        kinds = {type(each) for each in values}
        if type(value) not in kinds:
            return f"{shown(value)} is not one of them{_unquoted(value, kinds)}"
        return None if value in values else f"{shown(value)} is not one of them"

    return Limit(words or f"one of: {listed}", source, why_not, str(next(iter(values))))


def _unquoted(value: Any, kinds: set[type]) -> str:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return f': write "{value}" in quotes, it is a text' if is_number and kinds == {str} else ""


def switch(source: str) -> Limit:
    """True or false."""
    return Limit(
        "true or false",
        source,
        lambda value: None if isinstance(value, bool) else f"{shown(value)} is neither true nor false",
        "true",
    )


def text(pattern: str, words: str, source: str, *, longest: int, example: str, refused: str = "") -> Limit:
    """A text that fits a pattern wholly, has at least one and at most `longest` characters.

    `refused` is a pattern of what fits and is refused nevertheless.
    """
    form, never = re.compile(pattern, re.ASCII), re.compile(refused) if refused else None

    def why_not(value: Any) -> str | None:
        if not isinstance(value, str):
            return f"{shown(value)} is no text{_unquoted(value, {str})}"
        if not value:
            return "it is empty"
        if len(value) > longest:
            return f"{shown(value)} has {len(value)} characters, more than {longest}"
        if form.fullmatch(value) is None:
            return f"{shown(value)} does not fit"
        return f"{shown(value)} is refused" if never and never.search(value) else None

    return Limit(f"{words}; at most {longest} characters", source, why_not, example)


def optional(limit: Limit) -> Limit:
    """Null, or what the limit takes."""
    return Limit(
        f"null, or {limit.words}",
        limit.source,
        lambda value: None if value is None else limit.why_not(value),
        limit.example,
    )


def items(minimum: int, maximum: int, source: str) -> Limit:
    """A list or mapping with a minimum and a maximum number of entries; a list holds nothing twice."""

    def why_not(value: Any) -> str | None:
        if len(value) < minimum:
            return f"it has {len(value)} entries, fewer than {minimum}"
        if len(value) > maximum:
            return f"it has {len(value)} entries, more than {maximum}"
        texts = [str(each) for each in value]
        twice = sorted({each for each in texts if texts.count(each) > 1})
        return f"{', '.join(twice)} stands twice" if twice else None

    return Limit(f"{minimum} to {maximum} entries, each different", source, why_not)
