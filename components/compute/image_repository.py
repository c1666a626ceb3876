"""The repository of the app's image, in both regions: a failover must not need the lost region's registry."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import pulumi
import pulumi_aws as aws

from components.options import child
from estate import topology
from estate.config import Environment

KEPT_IMAGES: Final = 200
"""So many images stay: far more than releases that a rollback could go back to."""
UNTAGGED_DAYS: Final = 14


@dataclass(frozen=True)
class ImageRepositoryArgs:
    """Providers and keys by region; exactly two regions."""

    environment: Environment
    key_arns: Mapping[str, pulumi.Input[str]]
    providers: Mapping[str, pulumi.ProviderResource]


class ImageRepository(pulumi.ComponentResource):
    """A repository a region: tags are immutable, images are scanned when pushed, encrypted with our key, and copied to
    the other region. What is replicated is not replicated again, so that the two do not answer each other.

    Specification: 7.1, 10.1
    """

    def __init__(self, name: str, args: ImageRepositoryArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("breiq:estate:ImageRepository", name, None, opts)
        repository_name = topology.repository(args.environment)
        for region, provider in args.providers.items():
            repository = aws.ecr.Repository(
                f"{name}-{region}",
                name=repository_name,
                image_tag_mutability="IMMUTABLE",
                image_scanning_configuration={"scan_on_push": True},
                encryption_configurations=[{"encryption_type": "KMS", "kms_key": args.key_arns[region]}],
                opts=child(self, provider, protect=True),
            )
            aws.ecr.LifecyclePolicy(
                f"{name}-{region}",
                repository=repository.name,
                policy=json.dumps({"rules": _lifecycle()}),
                opts=child(self, provider),
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


def _lifecycle() -> list[dict[str, Any]]:
    return [
        {
            "rulePriority": 1,
            "description": "what lost its tag",
            "selection": {
                "tagStatus": "untagged",
                "countType": "sinceImagePushed",
                "countUnit": "days",
                "countNumber": UNTAGGED_DAYS,
            },
            "action": {"type": "expire"},
        },
        {
            "rulePriority": 2,
            "description": "the oldest images",
            "selection": {"tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": KEPT_IMAGES},
            "action": {"type": "expire"},
        },
    ]
