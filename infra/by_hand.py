"""Applies by Pulumi's CLI come from breiqctl alone: it holds the lock, keeps the journal, and asks the policies."""

from collections.abc import Mapping

from estate.topology import APPLY_VARIABLE


class ByHandError(Exception):
    """Somebody has typed `pulumi up`. Nothing was touched."""


def refuse_by_hand(environ: Mapping[str, str], stack: str, *, preview: bool) -> None:
    """Raise ByHandError for an apply that breiqctl has not begun; a preview touches nothing."""
    if preview or environ.get(APPLY_VARIABLE):
        return
    raise ByHandError(
        f"nothing was touched: `pulumi up` of {stack} by hand takes no lock, writes no journal and asks no policies.\n"
        f"  next: breiqctl -e ENV estate up --engine pulumi --stack {stack}"
    )
