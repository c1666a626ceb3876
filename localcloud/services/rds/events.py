"""RDS's events of an instance that moto lacks: of its replication, its parameters, its promotion.

Categories and messages: Amazon RDS User Guide, "Amazon RDS event categories and event messages".
"""

from typing import Any, Final

MESSAGES: Final[dict[str, tuple[str, str]]] = {
    "replication_stopped": ("read replica", "Replication has stopped. {why}"),  # RDS-EVENT-0045
    "replication_resumed": ("read replica", "Replication for the read replica resumed."),  # RDS-EVENT-0046
    "replication_terminated": ("read replica", "Replication streaming has been terminated."),  # RDS-EVENT-0057
    "incompatible": ("failure", "Database instance put into incompatible-parameters. {why}"),  # RDS-EVENT-0035
    "restarted": ("availability", "DB instance restarted"),  # RDS-EVENT-0006
    "promoted": ("notification", "Promoted replica instance to stand-alone"),
}
"""Event → category and message; the event's number where AWS's guide has one."""


def add(instance: Any, name: str, why: str = "") -> None:
    """Add an event of the instance to those of its region."""
    from moto.core.utils import utcnow
    from moto.rds.models import Event

    category, message = MESSAGES[name]
    event = Event.__new__(Event)
    event.source_identifier, event.source_type = instance.resource_id, instance.event_source_type
    event.source_arn, event.date = instance.arn, utcnow()
    event.event_categories, event.message = [category], message.format(why=why).strip()
    instance.backend.events.append(event)


def of_replication(before: str | None, now: str) -> str | None:
    """Return the event that a change of the replication's state is; None for none."""
    if now == before:
        return None
    if now == "terminated":
        return "replication_terminated"
    if now == "replicating":
        return "replication_resumed" if before == "error" else None
    return "replication_stopped"
