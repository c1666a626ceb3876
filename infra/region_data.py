"""A region's data stores: database and cache."""

import pulumi

from components.cache import Cache, CacheArgs
from components.database import Database, DatabaseArgs
from components.firewall import Firewall
from components.network import Network
from estate.files import read_writer_lease
from infra.place import Place
from infra.secrets_lookup import secret_value


def build_database(place: Place, network: Network, firewall: Firewall, foundation: pulumi.StackReference) -> Database:
    """Declare the region's instance; its owner's password goes to an instance that is born as primary."""
    region = place.region
    born_primary = place.environment.regions[region].born_as == "primary"
    return Database(
        "database",
        DatabaseArgs(
            environment=place.environment,
            region=region,
            subnet_ids=network.database_subnet_ids,
            security_group_id=firewall.database_group_id,
            kms_key_arn=foundation.require_output("key_arns").apply(lambda arns: str(arns[region])),
            owner_name=read_writer_lease()["roles"]["owner"],
            owner_password=secret_value(place.environment, "database-owner", place.provider) if born_primary else None,
            provider=place.provider,
        ),
    )


def build_cache(place: Place, network: Network, firewall: Firewall) -> Cache:
    """Declare the region's cache."""
    return Cache(
        "cache",
        CacheArgs(
            environment=place.environment,
            subnet_ids=network.private_subnet_ids,
            security_group_id=firewall.cache_group_id,
            auth_token=secret_value(place.environment, "cache-token", place.provider),
            provider=place.provider,
        ),
    )
