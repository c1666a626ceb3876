"""Facts in journals keep their stored keys, whatever the fields are called in the code: old journals stay readable."""

from typing import Any

import msgspec
import pytest

from dr.facts import ServiceFacts as FailoverService
from operations.journal import JournalEvent, replay
from releases.model import ColourFacts
from releases.model import ServiceFacts as ReleaseService

RENAMED = {
    (ColourFacts, "min_count"): "least",
    (ColourFacts, "max_count"): "most",
    (ReleaseService, "min_count"): "least",
    (ReleaseService, "max_count"): "most",
    (FailoverService, "min_count"): "least",
    (FailoverService, "max_count"): "most",
    (FailoverService, "min_before"): "least_before",
    (FailoverService, "max_before"): "most_before",
}
"""Struct and field → the key in the journal."""


@pytest.mark.parametrize(("kind", "name"), RENAMED, ids=lambda value: getattr(value, "__module__", value))
def test_a_renamed_field_keeps_its_stored_key(kind: type[msgspec.Struct], name: str) -> None:
    stored = {field.name: field.encode_name for field in msgspec.structs.fields(kind)}
    assert stored[name] == RENAMED[kind, name]


def test_facts_of_an_old_journal_are_read() -> None:
    old: dict[str, Any] = {"ecs_service": "s", "target_group": None, "desired": 2, "task_definition": "t", "image": "i"}
    old |= {"released_by": None, "least": 2, "most": 6}
    facts = msgspec.json.decode(msgspec.json.encode(old), type=ColourFacts)
    assert (facts.min_count, facts.max_count) == (2, 6)
    assert msgspec.json.decode(msgspec.json.encode(facts)) == old


def test_the_event_that_starts_a_rollback_keeps_its_stored_kind() -> None:
    event = JournalEvent(seq=1, at=0.0, kind="turned", step=None, data={"reason": "p95", "interrupted": False})
    assert replay([event]).rollback_started == "p95"
