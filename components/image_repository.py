"""The repository of the app's image, in both regions: a failover must not need the lost region's registry."""

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.options import child
from estate import topology
from estate.config import Environment


@dataclass(frozen=True)
class ImageRepositoryArgs:
    """Providers by region; exactly two regions."""

    environment: Environment
    providers: Mapping[str, pulumi.ProviderResource]


class ImageRepository(pulumi.ComponentResource):
    """A repository a region, tags immutable, what is pushed to either is copied to the other."""

    def __init__(self, name: str, args: ImageRepositoryArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("breiq:estate:ImageRepository", name, None, opts)
        repository_name = topology.repository(args.environment)
        for region, provider in args.providers.items():
            repository = aws.ecr.Repository(
                f"{name}-{region}",
                name=repository_name,
                image_tag_mutability="IMMUTABLE",
                image_scanning_configuration={"scan_on_push": True},
                opts=child(self, provider, protect=True),
            )
            destination = {
                "region": args.environment.other_region(region),
                "registry_id": args.environment.account_id,
            }
            aws.ecr.ReplicationConfiguration(
                f"{name}-{region}",
                replication_configuration={
                    "rules": [
                        {
                            "destinations": [destination],
                            "repository_filters": [{"filter": repository_name, "filter_type": "PREFIX_MATCH"}],
                        }
                    ]
                },
                opts=child(self, provider, depends_on=[repository]),
            )
        self.register_outputs({})
