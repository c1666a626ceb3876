"""The manifest: what operations need of the estate, written by each stack to SSM Parameter Store.

Operations never need Pulumi, its state, or the other region (docs/design.md#data-flow).
"""

import hashlib
import re
from typing import Any, Final, TypeVar

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
    `/traffic`); the preview rule always leads to the idle colour. Autoscaling stays between `desired_count` and
    `max_count`; on `probe_path` the service, and no other, says what it is.
    """

    task_family: str
    container: str
    port: int
    probe_path: str
    desired_count: int
    max_count: int
    failover_count: int
    blue: ColourManifest
    green: ColourManifest
    rule_arns: list[str]
    preview_rule_arn: str


class WorkerColourManifest(_Part, frozen=True):
    """One colour of a worker in a region."""

    ecs_service: str


class WorkerManifest(_Part, frozen=True):
    """One worker in a region; its active colour stands in the operations table."""

    task_family: str
    container: str
    desired_count: int
    max_count: int
    failover_count: int
    blue: WorkerColourManifest
    green: WorkerColourManifest


class RegionManifest(_Part, frozen=True):
    """What operations need of one region. `services` and `workers` are pieces: a parameter each.

    `database_subnet_acls`: subnet → the network ACL that it has; `quarantine_acl_id` is the one that denies all.
    """

    region: str
    cluster: str
    load_balancer_arn: str
    load_balancer_name: str
    listener_arn: str
    task_subnet_ids: list[str]
    task_security_group_id: str
    database_instance: str
    database_subnet_acls: dict[str, str]
    quarantine_acl_id: str
    migrate_family: str
    smoke_family: str
    services: dict[str, ServiceManifest]
    workers: dict[str, WorkerManifest]


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
    """How a part or a piece is stored: with its generation and the hash of its data.

    `pieces` is what stands in parameters of its own: `section.name` → the hash of its data.
    """

    schema: str
    generation: int
    sha256: str
    data: msgspec.Raw
    pieces: dict[str, str] = {}


SCHEMA = "breiq.manifest/1"
LIMIT_BYTES = 4096
"""A standard SSM parameter's size limit. Source: AWS Systems Manager quotas."""


_DESCRIBED: Final = re.compile(r"Manifest of \S+: \S+ \(generation (\d+)\)")


class ManifestError(Exception):
    """A part of the manifest is missing, damaged or too large."""


def encode_part(part: dict[str, Any], generation: int, pieces: dict[str, str] | None = None) -> str:
    """Return a part as the text of one SSM parameter; deterministic, so that an unchanged estate writes nothing.

    `pieces` are the texts of what has parameters of its own, by `section.name`. Raises ManifestError when the text does
    not fit into a parameter.
    """
    hashes = {name: msgspec.json.decode(text, type=_Envelope).sha256 for name, text in (pieces or {}).items()}
    return _encode(part, generation, dict(sorted(hashes.items())))


def encode_piece(piece: dict[str, Any], generation: int) -> str:
    """Return a piece as the text of one SSM parameter. Raises ManifestError when it does not fit."""
    return _encode(piece, generation, {})


def piece_name(part: str, piece: str) -> str:
    """Return the last segment of a piece's parameter: `us-east-1.services.gateway`."""
    return f"{part}.{piece}"


def description(prefix: str, name: str, generation: int) -> str:
    """Return a parameter's description. A stack's state shows it in clear text: so its generation can be read there."""
    return f"Manifest of {prefix}: {name} (generation {generation})"


def described_generation(text: str) -> int | None:
    """Return the generation that a description says, or None when it is none of the manifest's."""
    found = _DESCRIBED.fullmatch(text)
    return int(found[1]) if found else None


def generations(parameters: dict[str, str]) -> dict[str, int]:
    """Return each part's generation, the highest of its own and its pieces': an apply may be under way, or was killed.

    Raises ManifestError when a parameter is damaged.
    """
    highest: dict[str, int] = {}
    for name in parameters:
        part, generation = name.partition(".")[0], _opened(parameters, name).generation
        highest[part] = max(generation, highest.get(part, generation))
    return highest


def _encode(data: dict[str, Any], generation: int, pieces: dict[str, str]) -> str:
    raw = msgspec.json.encode(data, order="sorted")
    envelope = _Envelope(
        schema=SCHEMA,
        generation=generation,
        sha256=hashlib.sha256(raw).hexdigest(),
        data=msgspec.Raw(raw),
        pieces=pieces,
    )
    text = msgspec.json.encode(envelope)
    if len(text) > LIMIT_BYTES:
        raise ManifestError(f"a part of the manifest has {len(text)} bytes; a parameter holds {LIMIT_BYTES}")
    return text.decode()


def decode_manifest(parameters: dict[str, str], region: str) -> Manifest:
    """Return the manifest from `parameters` (last segment of the name → text), as read in `region`.

    Raises ManifestError when a part or piece is missing, does not match its own hash, or pieces of two applies met.
    """
    foundation, generation = _decode(parameters, "foundation", FoundationManifest)
    regional, _ = _decode(parameters, region, RegionManifest, sections=("services", "workers"))
    edge, _ = _decode(parameters, "edge", EdgeManifest)
    return Manifest(generation=generation, foundation=foundation, region=regional, edge=edge)


def _decode(
    parameters: dict[str, str], name: str, kind: type[PartT], *, sections: tuple[str, ...] = ()
) -> tuple[PartT, int]:
    try:
        envelope = _opened(parameters, name)
        document: dict[str, Any] = msgspec.json.decode(envelope.data)
        document |= {section: {} for section in sections}
        for piece, sha256 in envelope.pieces.items():
            section, _, key = piece.partition(".")
            found = _opened(parameters, piece_name(name, piece))
            if (found.sha256, found.generation) != (sha256, envelope.generation):
                raise ManifestError(
                    f"the manifest's {piece!r} and {name!r} are not of one apply: try again when it ended"
                )
            document.setdefault(section, {})[key] = msgspec.json.decode(found.data)
        return msgspec.convert(document, kind), envelope.generation
    except msgspec.MsgspecError as error:
        raise ManifestError(f"the manifest's part {name!r} is damaged: {error}") from error


def _opened(parameters: dict[str, str], name: str) -> _Envelope:
    if name not in parameters:
        raise ManifestError(f"the manifest has no part {name!r}: apply the estate first")
    try:
        envelope = msgspec.json.decode(parameters[name], type=_Envelope)
    except msgspec.DecodeError as error:
        raise ManifestError(f"the manifest's part {name!r} is damaged: {error}") from error
    if hashlib.sha256(envelope.data).hexdigest() != envelope.sha256:
        raise ManifestError(f"the manifest's part {name!r} does not match its own hash")
    return envelope
