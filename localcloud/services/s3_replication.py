"""S3's replication rules as they were given: moto forgets filters, times and what else a rule says."""

from typing import Any


def patch() -> None:
    """Give the rules back whole."""
    from moto.core.responses import ActionResult
    from moto.s3.exceptions import ReplicationConfigurationNotFoundError
    from moto.s3.responses import S3Response

    def get_bucket_replication(self: Any) -> Any:
        self.data["Action"] = "GetBucketReplication"
        replication = self.backend.get_bucket_replication(self.bucket_name)
        if not replication:
            raise ReplicationConfigurationNotFoundError(bucket_name=self.bucket_name)
        rules = [_tags_in_plural(rule) for rule in replication["Rule"]]
        configuration = {"Role": replication["Role"], "Rules": rules}
        return self.serialized(ActionResult({"ReplicationConfiguration": configuration}))

    S3Response.get_bucket_replication = get_bucket_replication  # type: ignore[method-assign]


def _tags_in_plural(rule: dict[str, Any]) -> dict[str, Any]:
    """Return a rule as it was sent, in the model's names: XML has one element `Tag` for each of its `Tags`."""
    both = (rule.get("Filter") or {}).get("And")
    if not both or "Tag" not in both:
        return rule
    tags = both["Tag"] if isinstance(both["Tag"], list) else [both["Tag"]]
    return {**rule, "Filter": {"And": {"Prefix": both.get("Prefix"), "Tags": tags}}}
