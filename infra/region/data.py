"""A region's data stores: database, cache, search and queues; and the schedule that tries the region's recovery."""

import pulumi

from components.data.cache import Cache, CacheArgs
from components.data.database import Database, DatabaseArgs
from components.data.queues import Queues, QueuesArgs
from components.data.search import Search, SearchArgs
from components.network.firewall import Firewall
from components.network.vpc import Network
from components.observability.evaluation import Evaluation, EvaluationArgs
from estate import topology
from estate.files import read_writer_lease
from infra.foundation.data_roles import MONITORING, SCHEDULER
from infra.region.context import RegionContext
from infra.secrets_lookup import secret_value


def key_arn(context: RegionContext, foundation: pulumi.StackReference) -> pulumi.Output[str]:
    """Return the ARN of the region's own key for data at rest."""
    return foundation.require_output("key_arns").apply(lambda arns: str(arns[context.region]))


def build_database(
    context: RegionContext, network: Network, firewall: Firewall, foundation: pulumi.StackReference
) -> Database:
    """Declare the region's instances; the owner's password goes to an instance that is born as primary."""
    region = context.region
    born_primary = context.environment.regions[region].created_as == "primary"
    return Database(
        "database",
        DatabaseArgs(
            environment=context.environment,
            region=region,
            subnet_ids=network.database_subnet_ids,
            security_group_id=firewall.database_group_id,
            kms_key_arn=key_arn(context, foundation),
            monitoring_role_arn=topology.role_arn(context.environment, MONITORING),
            owner_name=read_writer_lease()["roles"]["owner"],
            owner_password=secret_value(context.environment, "database-owner", context.provider)
            if born_primary
            else None,
            provider=context.provider,
        ),
    )


def build_cache(
    context: RegionContext, network: Network, firewall: Firewall, foundation: pulumi.StackReference
) -> Cache:
    """Declare the region's cache."""
    return Cache(
        "cache",
        CacheArgs(
            environment=context.environment,
            region=context.region,
            subnet_ids=network.private_subnet_ids,
            security_group_id=firewall.cache_group_id,
            kms_key_arn=key_arn(context, foundation),
            auth_token=secret_value(context.environment, "cache-token", context.provider),
            provider=context.provider,
        ),
    )


def build_search(
    context: RegionContext, network: Network, firewall: Firewall, foundation: pulumi.StackReference
) -> Search:
    """Declare the region's search domain, for the service that searches and the workers that index."""
    environment = context.environment
    return Search(
        "search",
        SearchArgs(
            environment=environment,
            region=context.region,
            subnet_ids=network.search_subnet_ids,
            security_group_id=firewall.search_group_id,
            kms_key_arn=key_arn(context, foundation),
            role_arns=[topology.role_arn(environment, f"task-{name}") for name in topology.search_users(environment)],
            provider=context.provider,
        ),
    )


def build_queues(context: RegionContext, foundation: pulumi.StackReference) -> Queues:
    """Declare the region's queues."""
    return Queues(
        "queues", QueuesArgs(context.environment, context.region, key_arn(context, foundation), context.provider)
    )


def build_evaluation(
    context: RegionContext, network: Network, firewall: Firewall, cluster_arn: pulumi.Input[str]
) -> Evaluation:
    """Declare the schedule that asks the colour that serves here, through the region's own load balancer."""
    environment, region = context.environment, context.region
    family = topology.task_family(environment, "smoke")
    return Evaluation(
        "evaluation",
        EvaluationArgs(
            environment=environment,
            cluster_arn=cluster_arn,
            task_family_arn=f"arn:aws:ecs:{region}:{environment.account_id}:task-definition/{family}",
            container="smoke",
            variables={"SMOKE_COLOUR": "live"},
            role_arn=topology.role_arn(environment, SCHEDULER),
            subnet_ids=network.task_subnet_ids,
            security_group_id=firewall.task_group_id,
            provider=context.provider,
        ),
    )
