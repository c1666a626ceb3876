"""Every registered type, from creation to deletion, against moto: rows in `lifecycle/`, one file a service, by topic.

To add a type, add a Row (see `lifecycle/kit.py`); a type without one fails here.
"""

import importlib
import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from moto import mock_aws

from provisioner.handlers import load
from provisioner.handlers.common.base import HANDLERS, Handler, Properties
from provisioner.handlers.common.shapes import as_given
from provisioner.sdk_types import formed
from tests.contract.lifecycle.kit import EVERYTHING, TAGS, Row, World, mend_moto
from tests.contract.lifecycle.sdk_types import refused_outputs

load()
FOLDER = Path(__file__).parent / "lifecycle"
MODULES = [
    importlib.import_module(".".join(("tests.contract.lifecycle", *path.relative_to(FOLDER).with_suffix("").parts)))
    for path in sorted(FOLDER.rglob("*.py"), key=lambda path: path.name)
]
ROWS: list[Row] = [row for module in MODULES for row in getattr(module, "ROWS", [])]
RETAGGED = {"Owner": "another", "Added": "now"}


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    before = dict(os.environ)
    os.environ.update(AWS_ACCESS_KEY_ID="x", AWS_SECRET_ACCESS_KEY="x")
    mend_moto()
    with mock_aws():
        yield World()
    os.environ.clear()
    os.environ.update(before)


def test_every_type_has_a_row() -> None:
    assert sorted(HANDLERS.keys() - {row.type for row in ROWS}) == []


def _name(row: Row) -> str:
    return row.type.rpartition(":")[0].replace("aws:", "").replace("/", "-") + (f"-{row.label}" if row.label else "")


@pytest.mark.parametrize("row", [pytest.param(row, id=_name(row)) for row in ROWS])
def test_lifecycle(row: Row, world: World) -> None:
    handler, aws = HANDLERS[row.type], world.aws(row.region)
    world.refused()  # another row's
    inputs = dict(row.inputs(world))
    if handler.taggable:
        inputs["tagsAll"] = {**TAGS, "Name": _name(row)}
    _check_replacement(handler, row, inputs)

    created = handler.create(aws, inputs)
    known = {**inputs, **created.outputs}
    assert refused_outputs(row.type, known) == []
    _check_seen(row, handler.read(aws, created.id, known), inputs)
    imported = handler.read(aws, created.id, {})
    assert imported is not None, "reading needs more than the id"
    assert refused_outputs(row.type, formed(row.type, imported)) == []
    assert row.otherwise.keys() <= imported.keys()
    given = {name: value for name, value in inputs.items() if name not in row.otherwise}
    _check_seen(row, as_given(imported, given, getattr(handler, "whole", frozenset())), given)
    if handler.adopts and not row.found:
        assert handler.find(aws, inputs) == created.id, "an interrupted creation would be doubled"

    new = {name: value for name, value in {**inputs, **row.changed(world)}.items() if value is not None}
    changed = frozenset(row.changed(world))
    if changed:
        for _ in range(2):
            updated = handler.update(aws, created.id, known, new, changed)
        known = {**new, **{name: known[name] for name in known.keys() - inputs.keys()}, **updated}
        _check_seen(row, handler.read(aws, created.id, {**known, **new}), new)
    if handler.taggable:
        handler.retag(aws, created.id, known, RETAGGED, ["Environment"])
        wanted = {**RETAGGED, "Name": _name(row)}
        observed = handler.read(aws, created.id, {**known, **new, "tagsAll": wanted})
        assert observed is not None
        assert row.tags_unseen or observed["tagsAll"] == wanted

    for _ in range(2):
        handler.delete(aws, created.id, known)
    assert row.stays or handler.read(aws, created.id, known) is None
    assert world.refused() == [], "the local cloud refuses these operations: add them to its lists"


def test_a_locked_bucket_that_is_given_up_is_deleted_with_all_that_it_holds(world: World) -> None:
    handler, aws = HANDLERS["aws:s3/bucket:Bucket"], world.aws()
    inputs = {"bucket": "locked-bucket", "objectLockEnabled": True, "forceDestroy": True}
    created = handler.create(aws, inputs)
    until = datetime.now(UTC) + timedelta(days=7)
    aws.client("s3").put_object(
        Bucket="locked-bucket", Key="kept", ObjectLockMode="GOVERNANCE", ObjectLockRetainUntilDate=until
    )
    HANDLERS["aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration"].delete(aws, created.id, {})
    handler.delete(aws, created.id, {**inputs, **created.outputs})
    assert handler.read(aws, created.id, inputs) is None


def _check_replacement(handler: Handler, row: Row, inputs: Properties) -> None:
    ours = inputs.keys() - {"tags", "tagsAll"}
    replaces = ours if row.replaces == EVERYTHING else set(row.replaces)
    assert {name for name in ours if handler.forces_replacement(frozenset({name}))} == replaces
    assert replaces <= ours, "`replaces` names what is not given"


def _check_seen(row: Row, observed: Properties | None, wanted: Properties) -> None:
    assert observed is not None
    ours = wanted.keys() - {"tags", "tagsAll"}
    seen = {name: observed.get(name) for name in ours - row.unseen.keys()}
    assert seen == {name: wanted[name] for name in seen}
    assert not {name for name in row.unseen if name in observed}, "`unseen` names what is seen"
    if "tagsAll" in wanted and not row.tags_unseen:
        assert observed.get("tagsAll") == wanted["tagsAll"]
