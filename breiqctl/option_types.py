"""Types of options that take a number: plain decimal and finite, or a usage error that says what is taken.

Python's own conversion takes `nan`, which every comparison lets pass, `inf`, `1_0`, `1e3` and digits of other scripts.
"""

import re
from typing import Any, Final

import click

_PLAIN: Final = re.compile(r"[-+]?[0-9]{1,15}(\.[0-9]{1,9})?")
_WHOLE: Final = re.compile(r"[-+]?[0-9]{1,15}")

DAY_S: Final = 86_400.0


def is_plain_number(text: str) -> bool:
    """Whether a text is a number as people write it: digits, perhaps a point, perhaps a sign before."""
    return _PLAIN.fullmatch(text) is not None


class Named(click.ParamType[str]):
    """A name that somebody gave: a text that is not empty, without white space around it."""

    name = "name"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the name; fail as usage for an empty one."""
        text = str(value).strip()
        if not text or not text.isprintable():
            self.fail(f"{value!r} is no name.", param, ctx)
        return text


class Seconds(click.ParamType[float]):
    """A number of seconds from `minimum` to `maximum`."""

    name = "seconds"

    def __init__(self, minimum: float, maximum: float) -> None:
        self.minimum, self.maximum = minimum, maximum

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Return the seconds; fail as usage for anything but a plain number within the bounds."""
        text = value if isinstance(value, str) else f"{value:f}"
        if not is_plain_number(text):
            self.fail(f"{value!r} is no plain number of seconds ({self.range}).", param, ctx)
        seconds = float(text)
        if not self.minimum <= seconds <= self.maximum:
            self.fail(f"{value} is not within {self.range}.", param, ctx)
        return seconds

    @property
    def range(self) -> str:
        """The bounds in words."""
        return f"{self.minimum:g} to {self.maximum:.0f}"


class Whole(click.ParamType[int]):
    """A whole number from `minimum` to `maximum`."""

    name = "number"

    def __init__(self, minimum: int, maximum: int) -> None:
        self.minimum, self.maximum = minimum, maximum

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Return the number; fail as usage for anything but a plain whole number within the bounds."""
        if not _WHOLE.fullmatch(str(value)):
            self.fail(f"{value!r} is no plain whole number ({self.minimum} to {self.maximum}).", param, ctx)
        number = int(value)
        if not self.minimum <= number <= self.maximum:
            self.fail(f"{value} is not within {self.minimum} to {self.maximum}.", param, ctx)
        return number
