"""How a report writes numbers and times."""

from datetime import UTC, datetime


def seconds(value: float | None, *, signed: bool = False) -> str:
    """Return a duration: `14.2 s`, `2 min 5 s`, `0 s`; `not observed` for None. `signed` puts a plus before it."""
    if value is None:
        return "not observed"
    sign = "−" if value < 0 else "+" if signed else ""
    size = abs(value)
    if size >= 3600:
        return sign + _pair(round(size / 60), 60, "h", "min")
    if size >= 120:
        return sign + _pair(round(size), 60, "min", "s")
    if size and size < 0.095:
        return f"{sign}{size * 1000:.0f} ms"
    return f"{sign}{size:.1f} s" if size else f"{sign}0 s"


def _pair(value: int, base: int, large: str, small: str) -> str:
    rest = f" {value % base} {small}" if value % base else ""
    return f"{value // base} {large}{rest}"


def moment(at: float, *, precise: bool = False) -> str:
    """Return a time in UTC: `2026-11-22 14:03:07`, with milliseconds when `precise`."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M:%S.%f" if precise else "%Y-%m-%d %H:%M:%S")[
        : 23 if precise else 19
    ]


def rfc3339(at: float) -> str:
    """Return a time as documents carry it: `2026-11-22T14:03:07.123Z`."""
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def count(value: int) -> str:
    """Return a number with thin spaces between thousands."""
    return f"{value:,}".replace(",", "\u202f")
