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
    WorkerColourManifest,
    WorkerManifest,
    decode_manifest,
    described_generation,
    description,
    encode_part,
    encode_piece,
    generations,
    piece_name,
)

COLOUR = ColourManifest(ecs_service="s", target_group_arn="arn:tg")
SERVICE = ServiceManifest(
    task_family="f", container="video", port=8000, probe_path="/p", desired_count=2, max_count=4, failover_count=2,
    blue=COLOUR, green=COLOUR, rule_arns=["arn:r"], preview_rule_arn="arn:p",
)  # fmt: skip
WORKER = WorkerManifest(
    task_family="w", container="worker", desired_count=1, max_count=1, failover_count=1,
    blue=WorkerColourManifest(ecs_service="wb"), green=WorkerColourManifest(ecs_service="wg"),
)  # fmt: skip
REGION = RegionManifest(
    region="us-west-2", cluster="c", load_balancer_arn="arn:lb", load_balancer_name="lb", listener_arn="arn:l",
    task_subnet_ids=["subnet-1"], task_security_group_id="sg-1", database_instance="db", migrate_family="m",
    smoke_family="s", services={"video": SERVICE}, workers={"worker": WORKER},
    database_subnet_acls={"subnet-1": "acl-1"}, quarantine_acl_id="acl-9",
)  # fmt: skip
FOUNDATION = FoundationManifest(operations_table="t", repository="r", audit_buckets={}, video_buckets={}, secrets={})
EDGE = EdgeManifest(site_url="https://x", origin_name="o", distribution_id="d", traffic_health_check_id="h")


def parameters(generation: int = 3) -> dict[str, str]:
    region = msgspec.to_builtins(REGION)
    parts = {"services.video": region.pop("services")["video"], "workers.worker": region.pop("workers")["worker"]}
    pieces = {name: encode_piece(data, generation) for name, data in parts.items()}
    return {
        "foundation": encode_part(msgspec.to_builtins(FOUNDATION), generation),
        "us-west-2": encode_part(region, generation, pieces),
        "edge": encode_part(msgspec.to_builtins(EDGE), generation),
        **{piece_name("us-west-2", name): text for name, text in pieces.items()},
    }


def test_what_is_written_is_read_back() -> None:
    manifest = decode_manifest(parameters(), "us-west-2")
    assert (manifest.generation, manifest.foundation, manifest.region, manifest.edge) == (3, FOUNDATION, REGION, EDGE)


def test_the_highest_generation_of_a_part_counts() -> None:
    mixed = {**parameters(3), "us-west-2.services.video": parameters(4)["us-west-2.services.video"]}
    assert generations(mixed) == {"foundation": 3, "us-west-2": 4, "edge": 3}
    assert described_generation(description("breiq-local", "us-west-2.services.video", 4)) == 4
    assert described_generation("Manifest of breiq-local: edge") is None


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


def test_a_piece_that_is_missing_or_of_another_apply_is_refused() -> None:
    texts = parameters()
    video = "us-west-2.services.video"
    with pytest.raises(ManifestError, match=r"services\.video"):
        decode_manifest({k: v for k, v in texts.items() if k != video}, "us-west-2")
    changed = encode_piece({**msgspec.to_builtins(SERVICE), "port": 9}, 3)
    for other in (changed, parameters(generation=4)[video]):
        with pytest.raises(ManifestError, match="not of one apply"):
            decode_manifest({**texts, video: other}, "us-west-2")


@pytest.mark.parametrize("text", ["", "{", '{"x": [', "[]", '"text"', '{"schema": 1}'])
def test_a_part_that_is_no_document_is_refused_as_damaged(text: str) -> None:
    with pytest.raises(ManifestError, match="damaged"):
        generations({"us-east-1": text})
