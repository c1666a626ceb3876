"""moto's S3 with replication: rules kept whole, every write noted, statuses shown, two requests of S3's own."""

from typing import Any, Final

from localcloud.services.s3_replication import record

HEADER: Final = "x-localcloud-replication"
"""Marks the requests with which replication reads a version here (GET) and writes it there (PUT); the copy's number."""

_written: Final[dict[Any, bool]] = {}
"""Versions that the request under way wrote (True) or changed (False); guarded by `record.LOCK`."""


def patch() -> None:
    """Note what is written, and show how far it is copied. Repeating it changes nothing."""
    from moto.s3.models import FakeKey, S3Backend
    from moto.s3.responses import S3Response

    if hasattr(S3Response, "replicates"):
        return
    _follow_requests(S3Response)
    _follow_versions(S3Backend)
    _follow_markers(S3Backend)
    _show_status(FakeKey)
    S3Response.replicates = True  # type: ignore[attr-defined]


def keep_rules_whole() -> None:
    """Give the rules back as they were given: moto forgets filters, times and what else a rule says."""
    from moto.s3.responses import S3Response

    S3Response.get_bucket_replication = _get_bucket_replication  # type: ignore[method-assign]


def _follow_requests(responses: Any) -> None:
    """Write objects one request at a time (a conditional write is decided once), and note what each wrote."""
    answer = responses._key_response

    def key_response(self: Any, request: Any, full_url: str) -> Any:
        number = self.headers.get(HEADER)
        if number:
            return _serve(request.method, int(number), self.body or b"")
        if request.method in ("GET", "HEAD"):
            return answer(self, request, full_url)
        with record.LOCK:
            try:
                return answer(self, request, full_url)
            finally:
                _note_written(self.backend)

    responses._key_response = key_response


def _serve(method: str, number: int, body: bytes) -> tuple[int, dict[str, str], bytes]:
    status, content = record.give(number) if method == "GET" else (record.take(number, body), b"")
    return status, {"content-type": "application/octet-stream", "content-length": str(len(content))}, content


def _note_written(backend: Any) -> None:
    written = dict(_written)
    _written.clear()
    for version, whole in written.items():
        if version.bucket_name in backend.buckets:
            record.note(backend.buckets[version.bucket_name], version, whole=whole)


def _follow_versions(backend: Any) -> None:
    put, put_tags = backend.put_object, backend.put_object_tagging

    def put_object(self: Any, *args: Any, **kwargs: Any) -> Any:
        version = put(self, *args, **kwargs)
        _written[version] = True
        return version

    def put_object_tagging(self: Any, key: Any, tags: Any) -> Any:
        changed = put_tags(self, key, tags)
        _written.setdefault(key, False)
        return changed

    def changing(name: str) -> Any:
        change = getattr(backend, name)

        def changed(
            self: Any, bucket_name: str, key_name: str, version_id: Any = None, *args: Any, **more: Any
        ) -> None:
            change(self, bucket_name, key_name, version_id, *args, **more)
            _written.setdefault(self.get_object(bucket_name, key_name, version_id=version_id), False)

        return changed

    backend.put_object, backend.put_object_tagging = put_object, put_object_tagging
    for name in ("delete_object_tagging", "put_object_retention", "put_object_legal_hold"):
        setattr(backend, name, changing(name))


def _follow_markers(backend: Any) -> None:
    """Note delete markers, and forget what was to be sent when the rules are deleted."""
    set_marker, delete_rules = backend._set_delete_marker, backend.delete_bucket_replication

    def set_delete_marker(self: Any, bucket_name: str, key_name: str) -> Any:
        with record.LOCK:
            marker = set_marker(self, bucket_name, key_name)
            record.note(self.buckets[bucket_name], marker, whole=True)
        return marker

    def delete_bucket_replication(self: Any, bucket_name: str) -> None:
        delete_rules(self, bucket_name)
        record.drop(bucket_name)

    backend._set_delete_marker, backend.delete_bucket_replication = set_delete_marker, delete_bucket_replication


def _show_status(version: Any) -> None:
    described = version.response_dict.fget

    def response_dict(self: Any) -> dict[str, Any]:
        headers: dict[str, Any] = described(self)
        status = getattr(self, "replication_status", None)
        return {**headers, "x-amz-replication-status": status} if status else headers

    version.response_dict = property(response_dict)


def _get_bucket_replication(self: Any) -> Any:
    from moto.core.responses import ActionResult
    from moto.s3.exceptions import ReplicationConfigurationNotFoundError

    self.data["Action"] = "GetBucketReplication"
    replication = self.backend.get_bucket_replication(self.bucket_name)
    if not replication:
        raise ReplicationConfigurationNotFoundError(bucket_name=self.bucket_name)
    rules = [_tags_in_plural(rule) for rule in replication["Rule"]]
    return self.serialized(ActionResult({"ReplicationConfiguration": {"Role": replication["Role"], "Rules": rules}}))


def _tags_in_plural(rule: dict[str, Any]) -> dict[str, Any]:
    """Return a rule as it was sent, in the model's names: XML has one element `Tag` for each of its `Tags`."""
    both = (rule.get("Filter") or {}).get("And")
    if not both or "Tag" not in both:
        return rule
    tags = both["Tag"] if isinstance(both["Tag"], list) else [both["Tag"]]
    return {**rule, "Filter": {"And": {"Prefix": both.get("Prefix"), "Tags": tags}}}
