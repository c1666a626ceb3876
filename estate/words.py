"""Words for a name that does not exist: the one that was probably meant, and the others in short."""

import difflib
from collections.abc import Iterable
from typing import Final

LISTED: Final = 8
"""How many names are listed; of more, it is said how many there are."""


def known_names(given: str, names: Iterable[str], *, listing: str | None = None) -> str:
    """Return what to use instead of `given`: `did you mean us-west-2? one of: us-east-1, us-west-2`.

    `listing` is the command that lists all names, for where they are many.
    """
    known = list(names)
    near = difflib.get_close_matches(given, known, n=1, cutoff=0.6)
    meant = f"did you mean {near[0]}? " if near else ""
    shown = ", ".join(known[:LISTED]) or "there is none"
    more = f", and {len(known) - LISTED} more" if len(known) > LISTED else ""
    all_of_them = f" ({listing} lists them)" if listing and more else ""
    return f"{meant}one of: {shown}{more}{all_of_them}"
