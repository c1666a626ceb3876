"""The manifest: what operations need of the estate, written by each stack to SSM Parameter Store.

Operations never need Pulumi, its state, or the other region (DESIGN.md, section 3).
"""

import hashlib
from typing import Any, TypeVar

import msgspec


class _Part(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Base of the manifest's parts."""


PartT = TypeVar("PartT", bound=_Part)


class ColourManifest(_Part, frozen=True):
    """One colour of an app service in a region."""

    ecs_service: str
    target_group_arn: str


class ServiceManifest(_Part, frozen=True):
    """One app service in a region. `rule_arns` are the listener rules whose weights decide who serves (production and
    `/traffic`); the preview rule always leads to the idle colour."""

    task_family: str
    container: str
    port: int
    desired_count: int
    failover_count: int
    blue: ColourManifest
    green: ColourManifest
    rule_arns: list[str]
    preview_rule_arn: str


class RegionManifest(_Part, frozen=True):
    """What operations need of one region."""

    region: str
    cluster: str
    load_balancer_arn: str
    load_balancer_name: str
    listener_arn: str
    task_subnet_ids: list[str]
    task_security_group_id: str
    database_instance: str
    migrate_family: str
    smoke_family: str
    services: dict[str, ServiceManifest]


class FoundationManifest(_Part, frozen=True):
    """What operations need of the foundation; both regions hold a copy."""

    operations_table: str
    repository: str
    audit_buckets: dict[str, str]
    video_buckets: dict[str, str]
    secrets: dict[str, str]


class EdgeManifest(_Part, frozen=True):
    """What operations need of the edge; both regions hold a copy."""

    site_url: str
    origin_name: str
    distribution_id: str
    traffic_health_check_id: str


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """The manifest as read in one region."""

    generation: int
    foundation: FoundationManifest
    region: RegionManifest
    edge: EdgeManifest


class _Envelope(msgspec.Struct, frozen=True, kw_only=True):
    """How a part is stored: with its generation and the hash of its data."""

    schema: str
    generation: int
    sha256: str
    data: msgspec.Raw


SCHEMA = "breiq.manifest/1"
LIMIT_BYTES = 4096
"""A standard SSM parameter's size limit. Source: AWS Systems Manager quotas."""


class ManifestError(Exception):
    """A part of the manifest is missing, damaged or too large."""


def encode_part(part: dict[str, Any], generation: int) -> str:
    """Return a part as the text of one SSM parameter; deterministic, so that an unchanged estate writes nothing.

    Raises ManifestError when the text does not fit into a parameter.
    """
    data = msgspec.json.encode(part, order="sorted")
    digest = hashlib.sha256(data).hexdigest()
    text = msgspec.json.encode(_Envelope(schema=SCHEMA, generation=generation, sha256=digest, data=msgspec.Raw(data)))
    if len(text) > LIMIT_BYTES:
        raise ManifestError(f"a part of the manifest has {len(text)} bytes; a parameter holds {LIMIT_BYTES}")
    return text.decode()


def decode_manifest(parameters: dict[str, str], region: str) -> Manifest:
    """Return the manifest from `parameters` (last segment of the name → text), as read in `region`.

    Raises ManifestError when a part is missing, or does not match its own hash.
    """
    foundation, generation = _decode(parameters, "foundation", FoundationManifest)
    regional, _ = _decode(parameters, region, RegionManifest)
    edge, _ = _decode(parameters, "edge", EdgeManifest)
    return Manifest(generation=generation, foundation=foundation, region=regional, edge=edge)


def _decode(parameters: dict[str, str], name: str, kind: type[PartT]) -> tuple[PartT, int]:
    if name not in parameters:
        raise ManifestError(f"the manifest has no part {name!r}: apply the estate first")
    try:
        envelope = msgspec.json.decode(parameters[name], type=_Envelope)
        if hashlib.sha256(envelope.data).hexdigest() != envelope.sha256:
            raise ManifestError(f"the manifest's part {name!r} does not match its own hash")
        return msgspec.json.decode(envelope.data, type=kind), envelope.generation
    except msgspec.MsgspecError as error:
        raise ManifestError(f"the manifest's part {name!r} is damaged: {error}") from error
