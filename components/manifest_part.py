"""A stack's part of the manifest, in Systems Manager's Parameter Store."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws

from components.options import child
from estate import topology
from estate.config import Environment
from estate.manifest import encode_part


@dataclass(frozen=True)
class ManifestPartArgs:
    """`part` is the parameter's last segment (`foundation`, a region's name, `edge`); `data` may hold outputs.

    `regions` says where the part is written, each with its provider.
    """

    environment: Environment
    part: str
    data: Mapping[str, Any]
    regions: Mapping[str, pulumi.ProviderResource]


class ManifestPart(pulumi.ComponentResource):
    """One parameter a region. Operations read their region's copy and need neither Pulumi nor the other region."""

    def __init__(self, name: str, args: ManifestPartArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("breiq:estate:ManifestPart", name, None, opts)
        generation = args.environment.generation
        value = pulumi.Output.all(**args.data).apply(lambda data: encode_part(data, generation))
        for region, provider in args.regions.items():
            aws.ssm.Parameter(
                f"{name}-{region}",
                name=f"{topology.manifest_path(args.environment)}/{args.part}",
                description=f"Manifest of {topology.prefix(args.environment)}: {args.part}",
                type="String",
                value=value,
                opts=child(self, provider),
            )
        self.register_outputs({})
