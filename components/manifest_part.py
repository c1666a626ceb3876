"""A stack's part of the manifest, in Systems Manager's Parameter Store."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pulumi
import pulumi_aws as aws

from components.options import child
from estate import topology
from estate.config import Environment
from estate.manifest import description, encode_part, encode_piece, piece_name


@dataclass(frozen=True)
class ManifestPartArgs:
    """`part` is the parameter's last segment (`foundation`, a region's name, `edge`); `data` may hold outputs.

    `regions` says where the part is written, each with its provider. `pieces` is what has parameters of its own, since
    one holds 4 KB: `section.name` → data.
    """

    environment: Environment
    part: str
    data: Mapping[str, Any]
    regions: Mapping[str, pulumi.ProviderResource]
    pieces: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


class ManifestPart(pulumi.ComponentResource):
    """A parameter a region, and one for each piece. Operations read their region's copy and need neither Pulumi nor the
    other region; the part names its pieces with their hashes, so that readers see whether all belong together.
    """

    def __init__(self, name: str, args: ManifestPartArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("breiq:estate:ManifestPart", name, None, opts)
        self._name, self._args = name, args
        generation = args.environment.generation
        texts = {
            piece: pulumi.Output.all(**data).apply(lambda known: encode_piece(known, generation))
            for piece, data in args.pieces.items()
        }
        for piece, text in texts.items():
            self._write(piece_name(args.part, piece), text, f"-{piece}")
        head = pulumi.Output.all(data=dict(args.data), pieces=texts).apply(
            lambda known: encode_part(known["data"], generation, known["pieces"])
        )
        self._write(args.part, head, "")
        self.register_outputs({})

    def _write(self, name: str, value: pulumi.Output[str], suffix: str) -> None:
        environment = self._args.environment
        for region, provider in self._args.regions.items():
            aws.ssm.Parameter(
                f"{self._name}-{region}{suffix}",
                name=f"{topology.manifest_path(environment)}/{name}",
                description=description(topology.prefix(environment), name, environment.generation),
                type="String",
                value=value,
                opts=child(self, provider),
            )
