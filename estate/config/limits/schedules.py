"""Schedule expressions of EventBridge Scheduler and AWS Backup: `cron(…)` and `rate(…)`."""

import re
from typing import Final

from estate.config.limits.kinds import Limit, shown

SOURCE: Final = "AWS: EventBridge Scheduler user guide, schedule types (cron and rate expressions)"
LONGEST: Final = 256
"""Source: EventBridge Scheduler API, CreateSchedule, ScheduleExpression."""

MONTHS: Final = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"]
DAYS: Final = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"]

_FIELDS: Final = (
    ("minutes", 0, 59, ()),
    ("hours", 0, 23, ()),
    ("day of month", 1, 31, ()),
    ("month", 1, 12, MONTHS),
    ("day of week", 1, 7, DAYS),
    ("year", 1970, 2199, ()),
)
_DAY_OF_MONTH, _DAY_OF_WEEK = 2, 4


def schedule() -> Limit:
    """A cron or rate expression of EventBridge Scheduler."""

    def why_not(value: object) -> str | None:
        if isinstance(value, str) and value.startswith("rate("):
            return _why_no_rate(value)
        return _why_no_cron(value)

    words = f"cron(minutes hours day-of-month month day-of-week year) or rate(value unit), at most {LONGEST} characters"
    return Limit(words, SOURCE, why_not, "cron(30 6 * * ? *)")


def daily_cron() -> Limit:
    """A cron expression that AWS Backup takes: no more than once an hour, so its minutes are one number."""

    def why_not(value: object) -> str | None:
        wrong = _why_no_cron(value)
        if wrong or re.match(r"cron\(\d+ ", str(value)):
            return wrong
        return f"{shown(value)} is more often than once an hour"

    source = "AWS: AWS Backup developer guide, creating a backup plan (frequency)"
    return Limit("cron(…) of six fields, with one number as minutes", source, why_not, "cron(0 4 * * ? *)")


def _why_no_rate(value: str) -> str | None:
    found = re.fullmatch(r"rate\(([1-9]\d{0,8}) (minute|hour|day)(s?)\)", value)
    if found is None:
        return f"{shown(value)} is no rate"
    if (found[1] == "1") == bool(found[3]):
        return f"{shown(value)} has the unit in the wrong number"
    return None


def _why_no_cron(value: object) -> str | None:
    found = re.fullmatch(r"cron\(([^()]*)\)", value) if isinstance(value, str) else None
    if found is None or len(str(value)) > LONGEST:
        return f"{shown(value)} is no such expression"
    parts = found[1].split(" ")
    if len(parts) != len(_FIELDS):
        return f"{shown(value)} has {len(parts)} fields, not {len(_FIELDS)}"
    for place, (part, (name, minimum, maximum, words)) in enumerate(zip(parts, _FIELDS, strict=True)):
        if not _fits(part, place, minimum, maximum, words):
            return f"{shown(part)} is no {name} ({minimum} to {maximum})"
    if (parts[_DAY_OF_MONTH] == "?") == (parts[_DAY_OF_WEEK] == "?"):
        return "day of month and day of week: exactly one of them must be ?"
    return None


def _fits(part: str, place: int, minimum: int, maximum: int, words: object) -> bool:
    names = list(words) if isinstance(words, list) else []
    if part == "?":
        return place in (_DAY_OF_MONTH, _DAY_OF_WEEK)
    if place == _DAY_OF_MONTH and re.fullmatch(r"L|LW|([1-9]|[12]\d|3[01])W", part):
        return True
    if place == _DAY_OF_WEEK and re.fullmatch(r"L|([1-7]|[A-Z]{3})(L|#[1-5])", part):
        return part == "L" or _number(part[: re.search("L|#", part).start()], minimum, maximum, names) is not None  # type: ignore[union-attr]
    return all(_fits_one(one, minimum, maximum, names) for one in part.split(","))


def _fits_one(one: str, minimum: int, maximum: int, names: list[str]) -> bool:
    base, slash, step = one.partition("/")
    if slash and not re.fullmatch(r"[1-9]\d{0,3}", step):
        return False
    if base == "*":
        return True
    start, dash, end = base.partition("-")
    numbers = [_number(each, minimum, maximum, names) for each in ([start, end] if dash else [start])]
    return all(number is not None for number in numbers)


def _number(word: str, minimum: int, maximum: int, names: list[str]) -> int | None:
    if word.upper() in names:
        return names.index(word.upper()) + 1
    return int(word) if re.fullmatch(r"\d{1,4}", word) and minimum <= int(word) <= maximum else None
