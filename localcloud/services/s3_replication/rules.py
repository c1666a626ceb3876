"""Replication rules as S3 reads them, and which of them an object falls under. Pure.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/replication-add-config.html
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

Document = Mapping[str, Any]


@dataclass(frozen=True)
class Rule:
    """One enabled rule. `bucket` is the destination's name; `key_arn` encrypts there what a key encrypts here."""

    name: str
    priority: int
    bucket: str
    prefix: str
    tags: Mapping[str, str]
    copies_markers: bool
    copies_encrypted: bool
    copies_changes_of_replicas: bool
    storage_class: str | None
    key_arn: str | None
    measured: bool


@dataclass(frozen=True)
class Subject:
    """What rules look at: a version of an object, or a delete marker."""

    key: str
    tags: Mapping[str, str]
    is_marker: bool = False
    is_encrypted: bool = False
    is_replica: bool = False


def parse(configuration: Document | None) -> list[Rule]:
    """Return the enabled rules of a ReplicationConfiguration as its XML was read (elements by name)."""
    return [_rule(rule) for rule in (configuration or {}).get("Rule", ()) if rule["Status"] == "Enabled"]


def chosen(rules: Iterable[Rule], subject: Subject) -> list[Rule]:
    """Return the rules that the subject is copied by: of those to the same bucket, the one of highest priority."""
    best: dict[str, Rule] = {}
    for rule in rules:
        known = best.get(rule.bucket)
        if _covers(rule, subject) and (known is None or rule.priority > known.priority):
            best[rule.bucket] = rule
    return [rule for rule in best.values() if _copies(rule, subject)]


def _covers(rule: Rule, subject: Subject) -> bool:
    return subject.key.startswith(rule.prefix) and (subject.is_marker or rule.tags.items() <= subject.tags.items())


def _copies(rule: Rule, subject: Subject) -> bool:
    return (
        (rule.copies_markers or not subject.is_marker)
        and (rule.copies_encrypted or not subject.is_encrypted)
        and (rule.copies_changes_of_replicas or not subject.is_replica)
    )


def _rule(rule: Document) -> Rule:
    prefix, tags = _filter(rule)
    criteria, destination = rule.get("SourceSelectionCriteria") or {}, rule["Destination"]
    is_first_form = "Filter" not in rule
    return Rule(
        name=rule["ID"],
        priority=int(rule.get("Priority") or 0),
        bucket=destination["Bucket"].rpartition(":")[2],
        prefix=prefix,
        tags=tags,
        copies_markers=not tags and (is_first_form or _enabled(rule, "DeleteMarkerReplication")),
        copies_encrypted=_enabled(criteria, "SseKmsEncryptedObjects"),
        copies_changes_of_replicas=_enabled(criteria, "ReplicaModifications"),
        storage_class=destination.get("StorageClass"),
        key_arn=(destination.get("EncryptionConfiguration") or {}).get("ReplicaKmsKeyID"),
        measured=_enabled(destination, "Metrics"),
    )


def _filter(rule: Document) -> tuple[str, dict[str, str]]:
    given = rule.get("Filter") or {}
    both = given.get("And") or given
    tags = both.get("Tag") or []
    listed = tags if isinstance(tags, list) else [tags]
    return both.get("Prefix") or rule.get("Prefix") or "", {tag["Key"]: tag["Value"] or "" for tag in listed}


def _enabled(document: Document, part: str) -> bool:
    return bool((document.get(part) or {}).get("Status") == "Enabled")
