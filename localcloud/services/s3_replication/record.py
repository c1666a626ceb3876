"""What must be copied, kept with moto's S3: noted when an object is written, closed when it arrived.

Status is S3's: PENDING until every copy of a version arrived, then COMPLETED; FAILED when one cannot; REPLICA for a
version that came by replication, unless a later change of its metadata is on its way back.
"""

import copy
import threading
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from localcloud.api.emulated import stored
from localcloud.api.record import ACCOUNT
from localcloud.core import changes
from localcloud.services.s3_replication.rules import Rule, Subject, chosen, parse

LOCK: Final = threading.RLock()
"""Held by whoever writes objects: moto puts versions together in several steps."""

PAGE: Final = 500


@dataclass(frozen=True)
class Copy:
    """One version, or what changed of its metadata (not `whole`), that one rule sends to one bucket."""

    number: int
    source: str
    version: Any
    rule: Rule
    whole: bool
    since: datetime

    @property
    def size_bytes(self) -> int:
        """How much is sent."""
        return 0 if not self.whole or is_marker(self.version) else int(self.version.size)


def topic(region: str) -> str:
    """Return the change counter that moves when a bucket of the region has something to send."""
    return f"s3-replication.{region}"


def copies() -> dict[int, Copy]:
    """Return what is not closed, by number, oldest first."""
    kept: dict[int, Copy] = stored("s3", ACCOUNT, "aws").setdefault("copies", {})  # type: ignore[assignment]
    return kept


def buckets() -> dict[str, Any]:
    """Return moto's buckets by name."""
    from localcloud.api.record import backend

    found: dict[str, Any] = backend("s3", "aws").buckets
    return found


def is_marker(version: Any) -> bool:
    """Say whether a version is a delete marker."""
    return not hasattr(version, "encryption")


def note(bucket: Any, version: Any, *, whole: bool) -> None:
    """Have the version (or its metadata alone) sent wherever the bucket's rules say."""
    from moto.core.utils import utcnow

    rules = chosen(parse(getattr(bucket, "replication", None)), _subject(version))
    for rule in rules:
        number = _next_number()
        copies()[number] = Copy(number, bucket.name, version, rule, whole, utcnow())
        version.copies_open = getattr(version, "copies_open", 0) + 1
        version.replication_status = "PENDING"
    if rules:
        changes.bump(topic(bucket.region_name))


def _next_number() -> int:
    kept: dict[str, Any] = stored("s3", ACCOUNT, "aws")
    kept["last copy"] = kept.get("last copy", 0) + 1
    return int(kept["last copy"])


def waiting(region: str, after: int) -> list[dict[str, Any]]:
    """Return what the region's buckets have to send, from the number after `after` on, at most a page of it."""
    known = buckets()
    with LOCK:
        found = [
            {"number": number, "from": [each.source, each.version.name], "to": [each.rule.bucket, each.version.name]}
            | {"region": known[each.rule.bucket].region_name if each.rule.bucket in known else region}
            for number, each in copies().items()
            if number > after and each.source in known and known[each.source].region_name == region
        ]
    return found[:PAGE]


def close(number: int, *, failed: bool) -> None:
    """Forget a copy: it arrived, or never will. Closing it again changes nothing."""
    with LOCK:
        done = copies().pop(number, None)
        if done is None:
            return
        version = done.version
        version.copies_open -= 1
        version.copy_failed = failed or getattr(version, "copy_failed", False)
        if version.copy_failed:
            version.replication_status = "FAILED"
        elif not version.copies_open:
            version.replication_status = "REPLICA" if getattr(version, "is_replica", False) else "COMPLETED"


def drop(bucket: str) -> None:
    """Forget what a bucket without rules had to send."""
    for number in [number for number, each in list(copies().items()) if each.source == bucket]:
        close(number, failed=True)


def give(number: int) -> tuple[int, bytes]:
    """Return (200, the bytes to send); 404 when the copy is closed or the version was deleted."""
    with LOCK:
        each = copies().get(number)
        if each is None or each.version not in _versions(each.source, each.version.name):
            return 404, b""
        return 200, b"" if not each.size_bytes else each.version.value


def take(number: int, body: bytes) -> int:
    """Put a version that arrived where its rule says; return 200, or why not.

    404: nobody sends it any more. 412: the bucket takes no replicas. 409: its metadata came first. 400: not all came.
    """
    with LOCK:
        each = copies().get(number)
        if each is None:
            return 404
        bucket = buckets().get(each.rule.bucket)
        if bucket is None or not bucket.is_versioned:
            return 412
        if len(body) != each.size_bytes:
            return 400
        here = [v for v in _versions(bucket.name, each.version.name) if v.version_id == each.version.version_id]
        if not here and not each.whole:
            return 409
        if not here:
            here = [_marker(each, bucket) if is_marker(each.version) else _object(each, bucket, body)]
            _insert(bucket, here[0])
        if not is_marker(here[0]):
            _follow_metadata(each.version, here[0], bucket)
        return 200


def _subject(version: Any) -> Subject:
    if is_marker(version):
        return Subject(version.name, {}, is_marker=True)
    return Subject(
        version.name,
        _tagger().get_tag_dict_for_resource(version.arn),
        is_encrypted=version.encryption == "aws:kms",
        is_replica=getattr(version, "is_replica", False),
    )


def _tagger() -> Any:
    from localcloud.api.record import backend

    return backend("s3", "aws").tagger


def _versions(bucket: str, key: str) -> list[Any]:
    found = buckets().get(bucket)
    return list(found.keys.getlist(key, [])) if found else []


def _insert(bucket: Any, version: Any) -> None:
    """Put a version among the others by the time of its creation, which it brings: the newest is the current one."""
    versions = sorted([*bucket.keys.getlist(version.name, []), version], key=lambda each: each.last_modified)
    bucket.keys.setlist(version.name, versions)


def _marker(each: Copy, bucket: Any) -> Any:
    replica = copy.copy(each.version)
    replica.bucket_name, replica.is_replica = bucket.name, True
    replica.copies_open, replica.replication_status = 0, "REPLICA"
    return replica


def _object(each: Copy, bucket: Any, body: bytes) -> Any:
    from moto.s3.models import FakeKey

    version, rule = each.version, each.rule
    replica: Any = FakeKey(
        version.name,
        body,
        account_id=version.account_id,
        region_name=version.region_name,
        storage=rule.storage_class or version.storage_class,
        etag=version.etag.strip('"'),
        is_versioned=True,
        version_id=version.version_id,
        bucket_name=bucket.name,
        encryption=version.encryption,
        kms_key_id=rule.key_arn or version.kms_key_id,
        bucket_key_enabled=version.bucket_key_enabled,
        checksum_value=version.checksum_value,
        checksum_type=version.checksum_type,
        checksum_parts=version.checksum_parts,
    )
    replica.set_metadata(dict(version.metadata), replace=True)
    for name in ("last_modified", "acl", "checksum_algorithm", "website_redirect_location"):
        setattr(replica, name, getattr(version, name))
    replica.is_replica, replica.replication_status = True, "REPLICA"
    return replica


def _follow_metadata(version: Any, replica: Any, bucket: Any) -> None:
    """Give the replica the version's tags and locks; where it brings no lock, the bucket's own default holds."""
    tagger = _tagger()
    tagger.delete_all_tags_for_resource(replica.arn)
    tagger.copy_tags(version.arn, replica.arn)
    if version.lock_mode or not bucket.has_default_lock:
        replica.lock_mode, replica.lock_until = version.lock_mode, version.lock_until
    elif not replica.lock_mode:
        replica.lock_mode, replica.lock_until = bucket.default_lock_mode, bucket.default_retention()
    replica.lock_legal_status = version.lock_legal_status
