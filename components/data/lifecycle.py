"""Lifecycle rules of buckets, from the days of the configuration (ADR 0009). Pure."""

from typing import Any, Final

from estate.config.storage import StorageConfig

Rule = dict[str, Any]

UPLOAD_DAYS: Final = 7
"""So long may a multipart upload take before its parts go."""


def videos(storage: StorageConfig) -> list[Rule]:
    """Return the rules of a video bucket, a prefix each. `thumbnails/` and `profiles/` stay in Standard."""
    return [
        leftovers(storage.noncurrent),
        _rule("raw", "raw/", transitions=[_move(storage.raw_glacier, "GLACIER")]),
        _rule(
            "processed",
            "processed/",
            transitions=[
                _move(storage.processed_ia, "STANDARD_IA"),
                _move(storage.processed_archive, "GLACIER_IR"),
            ],
        ),
        _rule("temporary", "temp/", expiration={"days": storage.temporary}),
    ]


def vault(storage: StorageConfig) -> list[Rule]:
    """Return the rules of the vault: what was deleted or overwritten at the source goes when its lock has ended."""
    return [leftovers(storage.vault)]


def archive(storage: StorageConfig) -> list[Rule]:
    """Return the rules of the archive: logs and the audit trail, each as long as it must be kept."""
    return [
        leftovers(storage.noncurrent),
        _rule(
            "logs",
            "logs/",
            transitions=[_move(30, "GLACIER")] if storage.log_archive > 120 else [],
            expiration={"days": storage.log_archive},
        ),
        _rule(
            "audit",
            "audit/",
            transitions=[_move(90, "GLACIER")] if storage.audit_logs > 180 else [],
            expiration={"days": storage.audit_logs},
        ),
    ]


def access_logs(storage: StorageConfig) -> list[Rule]:
    """Return the rules of a log bucket."""
    return [leftovers(1), _rule("access-logs", "", expiration={"days": storage.access_logs})]


def leftovers(noncurrent_days: int) -> Rule:
    """Return the rule that removes old versions, delete markers with nothing under them, and unfinished uploads."""
    return _rule(
        "leftovers",
        "",
        expiration={"expired_object_delete_marker": True},
        noncurrent_version_expiration={"noncurrent_days": noncurrent_days},
        abort_incomplete_multipart_upload={"days_after_initiation": UPLOAD_DAYS},
    )


def _rule(name: str, prefix: str, **actions: Any) -> Rule:
    given = {action: value for action, value in actions.items() if value}
    return {"id": name, "status": "Enabled", "filter": {"prefix": prefix}, **given}


def _move(days: int, storage_class: str) -> dict[str, Any]:
    return {"days": days, "storage_class": storage_class}
