"""One region: network, load balancer, data stores, and the app's services in two colours."""

from typing import Any

import pulumi

from components.manifest_part import ManifestPart, ManifestPartArgs
from estate import topology
from estate.config import Environment
from infra.providers import region_provider
from infra.references import reference
from infra.region import data as region_data
from infra.region import network as region_network
from infra.region import services as region_services
from infra.region.context import RegionContext
from infra.region.observability import build_observability


def build_region(environment: Environment, region: str) -> None:
    """Declare the region's resources and its part of the manifest. Both colours are born without a task."""
    provider = region_provider(environment, region)
    context = RegionContext(environment, region, provider)
    foundation = reference(environment, "foundation")

    network = region_network.build_network(context)
    acls = region_network.build_network_acls(context, network)
    firewall = region_network.build_firewall(context, network)
    region_network.build_endpoints(context, network, firewall)
    balancer = region_network.build_load_balancer(context, network, firewall, foundation)
    database = region_data.build_database(context, network, firewall, foundation)
    cache = region_data.build_cache(context, network, firewall, foundation)
    search = region_data.build_search(context, network, firewall, foundation)
    queues = region_data.build_queues(context, foundation)
    cluster = region_services.build_cluster(context)
    logs = region_services.build_log_groups(context)
    one_off = region_services.build_one_off_tasks(context, logs, database)
    resources = region_services.RegionResources(network, firewall, balancer, cluster, logs, database, cache)
    services = region_services.build_services(context, resources)
    workers = region_services.build_workers(context, resources)
    region_data.build_evaluation(context, network, firewall, cluster.arn)
    _watch(context, resources, services, foundation)
    manifest = _manifest(context, resources) | {
        "database_subnet_acls": acls.database_acls,
        "quarantine_acl_id": acls.quarantine_id,
        "migrate_family": one_off["migrate"].family,
        "smoke_family": one_off["smoke"].family,
    }
    pieces = {f"services.{name}": piece for name, piece in services.items()}
    pieces |= {f"workers.{name}": piece for name, piece in workers.items()}
    ManifestPart(f"manifest-{region}", ManifestPartArgs(environment, region, manifest, {region: provider}, pieces))
    _export(resources)
    pulumi.export("search_endpoint", search.endpoint)
    pulumi.export("queue_urls", queues.urls)


def _watch(
    context: RegionContext,
    resources: region_services.RegionResources,
    services: dict[str, dict[str, Any]],
    foundation: pulumi.StackReference,
) -> None:
    """Declare what watches the region. `services`: their part of the manifest."""
    build_observability(
        context,
        load_balancer=resources.balancer.arn_suffix,
        target_group_arns={
            name: {colour: piece[colour]["target_group_arn"] for colour in topology.COLOURS}
            for name, piece in services.items()
        },
        logs=resources.logs,
        database=resources.database,
        foundation=foundation,
    )


def _export(resources: region_services.RegionResources) -> None:
    """Give the addresses to the other stacks and to people."""
    pulumi.export("load_balancer_dns_name", resources.balancer.dns_name)
    pulumi.export("load_balancer_zone_id", resources.balancer.zone_id)
    pulumi.export("load_balancer_arn_suffix", resources.balancer.arn_suffix)
    pulumi.export("database_reader_addresses", resources.database.reader_addresses)


def _manifest(context: RegionContext, resources: region_services.RegionResources) -> dict[str, Any]:
    """Return what operations need to know of where tasks run and what they ask."""
    environment, balancer = context.environment, resources.balancer
    return {
        "region": context.region,
        "cluster": topology.cluster(environment),
        "load_balancer_arn": balancer.arn,
        "load_balancer_name": topology.load_balancer(environment),
        "listener_arn": balancer.listener_arn,
        "task_subnet_ids": resources.network.task_subnet_ids,
        "task_security_group_id": resources.firewall.task_group_id,
        "database_instance": topology.database_instance(environment, context.region),
    }
