"""What protects from deletion is taken away before another engine destroys: in AWS, and in the exported stack."""

from pathlib import Path
from typing import Any

import pytest

from provisioner.aws import Clients
from provisioner.decide.guards import given_up, guarded
from provisioner.errors import ResourceFailedError
from provisioner.execution import unguard as unguard_module
from provisioner.execution.unguard import guarded_in_aws, unguard
from tests.unit.provisioner.kit import THING, Cloud, Thing, deployment, options, provider, workspace

BUCKET = "aws:s3/bucket:Bucket"


def exported(folder: Path, cloud: Cloud) -> dict[str, Any]:
    """Return a stack of three things as it is exported: one protected by AWS, one by the program, one by nothing."""

    def program() -> None:
        west = provider("us-west-2")
        Thing("data", opts=options(provider=west), deletionProtection=True)
        Thing("kept", opts=options(provider=west, protect=True))
        Thing("free", opts=options(provider=west))

    workspace(folder, cloud).apply("dev", program, {})
    cloud.calls.clear()
    return {"version": 3, "deployment": deployment(folder)}


def resources(document: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {one["urn"].rpartition("::")[2]: one for one in document["deployment"]["resources"]}


def free(document: dict[str, Any], cloud: Cloud) -> dict[str, Any]:
    return unguard(document, Clients("http://127.0.0.1:1", access_key="x", secret_key="x"), {THING: cloud})


def test_what_is_protected_is_named(tmp_path: Path) -> None:
    assert {urn.rpartition("::")[2] for urn in guarded(exported(tmp_path, Cloud()))} == {"data", "kept"}


def test_what_aws_protects_is_asked_of_aws_whatever_the_state_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody has switched it on in the console, or off."""
    cloud = Cloud()
    before = exported(tmp_path, cloud)
    monkeypatch.setattr(unguard_module, "GUARDED_TYPES", frozenset({THING}))
    clients = Clients("http://127.0.0.1:1", access_key="x", secret_key="x")

    def told() -> set[str]:
        return {urn.rpartition("::")[2] for urn in guarded_in_aws(before, clients, {THING: cloud})}

    assert told() == {"data"}
    cloud.things["free"]["deletionProtection"] = True
    cloud.things["data"]["deletionProtection"] = False
    assert told() == {"free"}
    after = free(before, cloud)
    assert "update free deletionProtection" in cloud.calls
    assert guarded(after) == []
    cloud.things.clear()
    assert told() == set()


def test_nothing_is_protected_afterwards_and_all_else_is_as_it_was(tmp_path: Path) -> None:
    cloud = Cloud()
    before = exported(tmp_path, cloud)
    after = free(before, cloud)
    assert guarded(after) == []
    assert cloud.calls == ["read data", "update data deletionProtection"]
    assert resources(after)["data"]["inputs"]["deletionProtection"] is False
    assert resources(after)["data"]["outputs"]["token"] == resources(before)["data"]["outputs"]["token"]
    assert resources(after)["free"] == resources(before)["free"]
    assert free(after, cloud) == after


def test_what_is_gone_needs_no_lifting(tmp_path: Path) -> None:
    cloud = Cloud()
    before = exported(tmp_path, cloud)
    cloud.things.clear()
    assert guarded(free(before, cloud)) == []
    assert cloud.calls == ["read data"]


def test_aws_refusal_names_the_resource(tmp_path: Path) -> None:
    cloud = Cloud()
    before = exported(tmp_path, cloud)
    cloud.fail.add("data")
    with pytest.raises(ResourceFailedError, match="update test:index:Thing 'data'"):
        free(before, cloud)


def test_a_bucket_goes_with_all_that_it_holds() -> None:
    bucket = {"urn": "u", "type": BUCKET, "custom": True, "inputs": {"bucket": "b"}, "outputs": {"bucket": "b"}}
    (freed,) = free({"deployment": {"resources": [bucket]}}, Cloud())["deployment"]["resources"]
    assert freed["inputs"] == freed["outputs"] == {"bucket": "b", "forceDestroy": True}


def test_a_database_leaves_a_last_snapshot_that_no_earlier_destroy_has_left() -> None:
    inputs = {"finalSnapshotIdentifier": "orders-final"}
    assert given_up("aws:rds/instance:Instance", inputs, "2026-11-23T08:16:11.123456Z") == {
        "finalSnapshotIdentifier": "orders-final-20261123081611"
    }
