"""The manifest: deterministic text, checked against its own hash, small enough for a parameter."""

import json

import msgspec
import pytest

from estate.manifest import (
    ColourManifest,
    EdgeManifest,
    FoundationManifest,
    ManifestError,
    RegionManifest,
    ServiceManifest,
    decode_manifest,
    encode_part,
)

COLOUR = ColourManifest(ecs_service="s", target_group_arn="arn:tg")
SERVICE = ServiceManifest(
    task_family="f", container="backend", port=8000, desired_count=2, failover_count=2, blue=COLOUR, green=COLOUR,
    rule_arns=["arn:r"], preview_rule_arn="arn:p",
)  # fmt: skip
REGION = RegionManifest(
    region="us-west-2", cluster="c", load_balancer_arn="arn:lb", load_balancer_name="lb", listener_arn="arn:l",
    task_subnet_ids=["subnet-1"], task_security_group_id="sg-1", database_instance="db", migrate_family="m",
    smoke_family="s", services={"backend": SERVICE},
)  # fmt: skip
FOUNDATION = FoundationManifest(operations_table="t", repository="r", audit_buckets={}, video_buckets={}, secrets={})
EDGE = EdgeManifest(site_url="https://x", origin_name="o", distribution_id="d", traffic_health_check_id="h")


def parameters() -> dict[str, str]:
    parts = {"foundation": FOUNDATION, "us-west-2": REGION, "edge": EDGE}
    return {name: encode_part(msgspec.to_builtins(part), 3) for name, part in parts.items()}


def test_what_is_written_is_read_back() -> None:
    manifest = decode_manifest(parameters(), "us-west-2")
    assert (manifest.generation, manifest.foundation, manifest.region, manifest.edge) == (3, FOUNDATION, REGION, EDGE)


def test_the_text_does_not_depend_on_the_order_of_keys() -> None:
    assert encode_part({"a": 1, "b": 2}, 1) == encode_part({"b": 2, "a": 1}, 1)


def test_a_missing_part_is_named() -> None:
    with pytest.raises(ManifestError, match="edge"):
        decode_manifest({k: v for k, v in parameters().items() if k != "edge"}, "us-west-2")


def test_a_part_that_was_changed_by_hand_is_refused() -> None:
    texts = parameters()
    document = json.loads(texts["edge"])
    document["data"]["origin_name"] = "elsewhere"
    with pytest.raises(ManifestError, match="hash"):
        decode_manifest({**texts, "edge": json.dumps(document)}, "us-west-2")


def test_a_part_that_does_not_fit_into_a_parameter_is_refused() -> None:
    with pytest.raises(ManifestError, match="4096"):
        encode_part({"long": "x" * 5000}, 1)
