"""One region: network, load balancer, database, cache, and the app's services in two colours."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws

from components.cache import Cache, CacheArgs
from components.colours import Colours, ColoursArgs
from components.database import Database, DatabaseArgs
from components.firewall import Firewall, FirewallArgs
from components.load_balancer import LoadBalancer, LoadBalancerArgs
from components.manifest_part import ManifestPart, ManifestPartArgs
from components.network import Network, NetworkArgs
from components.task import Task, TaskArgs
from estate import topology
from estate.config import Environment
from estate.files import read_writer_lease
from infra import tasks
from infra.providers import region_provider
from infra.references import reference
from infra.secrets_lookup import secret_arn, secret_value

EDGE_PREFIX_LIST = "com.amazonaws.global.cloudfront.origin-facing"
ONE_OFF_CPU, ONE_OFF_MEMORY_MIB = 256, 512


@dataclass(frozen=True)
class _Place:
    """Where everything of this stack is built."""

    environment: Environment
    region: str
    provider: pulumi.ProviderResource
    image_digest: str


@dataclass(frozen=True)
class _Ground:
    """What the app's services stand on."""

    network: Network
    firewall: Firewall
    balancer: LoadBalancer
    cluster: Any
    logs: Mapping[str, pulumi.Output[str]]
    database: Database
    cache: Cache


def build_region(environment: Environment, region: str, *, image_digest: str) -> None:
    """Declare the region's resources and its part of the manifest. Both colours are born without a task."""
    provider = region_provider(environment, region)
    place = _Place(environment, region, provider, image_digest)
    foundation = reference(environment, "foundation")
    prefix = topology.prefix(environment)

    network = Network(prefix, NetworkArgs(environment.regions[region], provider))
    firewall = _firewall(place, network)
    certificate = foundation.require_output("certificate_arns").apply(lambda arns: str(arns[region]))
    balancer = LoadBalancer(
        prefix,
        LoadBalancerArgs(
            load_balancer_name=topology.load_balancer(environment),
            subnet_ids=network.public_subnet_ids,
            security_group_ids=firewall.load_balancer_group_ids,
            certificate_arn=certificate,
            provider=provider,
        ),
    )
    database = _database(place, network, firewall, foundation)
    cache = _cache(place, network, firewall)
    cluster = aws.ecs.Cluster(
        "cluster",
        name=topology.cluster(environment),
        settings=[{"name": "containerInsights", "value": "enabled"}],
        opts=pulumi.ResourceOptions(provider=provider),
    )
    logs = _log_groups(place)
    one_off = _one_off_tasks(place, logs, database)
    services = _services(place, _Ground(network, firewall, balancer, cluster, logs, database, cache))
    manifest = {
        "region": region,
        "cluster": topology.cluster(environment),
        "load_balancer_arn": balancer.arn,
        "load_balancer_name": topology.load_balancer(environment),
        "listener_arn": balancer.listener_arn,
        "task_subnet_ids": network.task_subnet_ids,
        "task_security_group_id": firewall.task_group_id,
        "database_instance": topology.database_instance(environment, region),
        "migrate_family": one_off["migrate"].family,
        "smoke_family": one_off["smoke"].family,
        "services": services,
    }
    ManifestPart(f"manifest-{region}", ManifestPartArgs(environment, region, manifest, {region: provider}))
    pulumi.export("load_balancer_dns_name", balancer.dns_name)
    pulumi.export("load_balancer_zone_id", balancer.zone_id)


def _firewall(place: _Place, network: Network) -> Firewall:
    def prefix_list(name: str) -> pulumi.Output[str]:
        options = pulumi.InvokeOutputOptions(provider=place.provider)
        return aws.ec2.get_managed_prefix_list_output(name=name, opts=options).id

    return Firewall(
        "firewall",
        FirewallArgs(
            prefix=topology.prefix(place.environment),
            vpc_id=network.vpc_id,
            service_ports=sorted({service.port for service in place.environment.services.values()}),
            edge_prefix_list_id=prefix_list(EDGE_PREFIX_LIST),
            health_check_prefix_list_id=prefix_list(f"com.amazonaws.{place.region}.route53-healthchecks"),
            nat_addresses=network.nat_addresses,
            provider=place.provider,
        ),
    )


def _database(place: _Place, network: Network, firewall: Firewall, foundation: pulumi.StackReference) -> Database:
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


def _cache(place: _Place, network: Network, firewall: Firewall) -> Cache:
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


def _log_groups(place: _Place) -> dict[str, pulumi.Output[str]]:
    groups = {}
    for task in (*place.environment.services, "migrate", "smoke"):
        group = aws.cloudwatch.LogGroup(
            f"logs-{task}",
            name=topology.log_group(place.environment, task),
            retention_in_days=place.environment.log_retention_days,
            opts=pulumi.ResourceOptions(provider=place.provider),
        )
        groups[task] = group.name
    return groups


def _secrets(place: _Place, wanted: Mapping[str, str]) -> dict[str, pulumi.Output[str]]:
    return {variable: secret_arn(place.environment, name, place.provider) for variable, name in wanted.items()}


def _one_off_tasks(place: _Place, logs: Mapping[str, pulumi.Output[str]], database: Database) -> dict[str, Task]:
    """Declare the tasks that run once: `migrate` makes schema, roles and fence; `smoke` asks the idle colour."""
    environment, region = place.environment, place.region
    common = tasks.common_variables(environment, region)
    migrate = {**common, **tasks.database_variables(environment, database.address)}
    smoke = {**common, "SMOKE_URL": f"https://{topology.regional_origin_name(environment, region)}"}

    def task(name: str, variables: Mapping[str, pulumi.Input[str]], secrets: Mapping[str, str]) -> Task:
        return Task(
            f"task-{name}",
            TaskArgs(
                environment=environment,
                region=region,
                task=name,
                image_digest=place.image_digest,
                cpu=ONE_OFF_CPU,
                memory_mib=ONE_OFF_MEMORY_MIB,
                log_group=logs[name],
                environment_variables=variables,
                secrets=_secrets(place, secrets),
                provider=place.provider,
                command=["python", "-m", "app", name],
            ),
        )

    return {
        "migrate": task("migrate", migrate, tasks.MIGRATE_SECRETS),
        "smoke": task("smoke", smoke, tasks.SMOKE_SECRETS),
    }


def _services(place: _Place, ground: _Ground) -> dict[str, dict[str, Any]]:
    """Declare each app service in two colours; return their part of the manifest. The first answers `GET /traffic`."""
    environment, region = place.environment, place.region
    origin_secret = secret_value(environment, "origin-secret", place.provider)
    preview_header = secret_value(environment, "preview-header", place.provider)
    manifest = {}
    for index, (service, config) in enumerate(environment.services.items()):
        task = Task(
            f"task-{service}",
            TaskArgs(
                environment=environment,
                region=region,
                task=service,
                image_digest=place.image_digest,
                cpu=config.cpu,
                memory_mib=config.memory_mib,
                log_group=ground.logs[service],
                environment_variables={
                    **tasks.common_variables(environment, region),
                    **tasks.database_variables(environment, ground.database.address),
                    **tasks.service_variables(environment, region, service, ground.cache.address),
                },
                secrets=_secrets(place, tasks.SERVICE_SECRETS),
                provider=place.provider,
                port=config.port,
                stop_timeout_s=config.stop_timeout_s,
                task_role=f"task-{service}",
            ),
        )
        colours = Colours(
            f"{topology.prefix(environment)}-{service}",
            ColoursArgs(
                environment=environment,
                service=service,
                config=config,
                index=index,
                answers_traffic=index == 0,
                vpc_id=ground.network.vpc_id,
                subnet_ids=ground.network.task_subnet_ids,
                security_group_id=ground.firewall.task_group_id,
                cluster_arn=ground.cluster.arn,
                task_definition_arn=task.arn,
                listener_arn=ground.balancer.listener_arn,
                origin_secret=origin_secret,
                preview_header=preview_header,
                provider=place.provider,
            ),
        )
        manifest[service] = _service_manifest(environment, service, task, colours)
    return manifest


def _service_manifest(environment: Environment, service: str, task: Task, colours: Colours) -> dict[str, Any]:
    config = environment.services[service]
    return {
        "task_family": task.family,
        "container": service,
        "port": config.port,
        "desired_count": config.desired_count,
        "failover_count": config.failover_count,
        **{
            colour: {
                "ecs_service": topology.ecs_service(environment, service, colour),
                "target_group_arn": colours.target_group_arns[colour],
            }
            for colour in topology.COLOURS
        },
        "rule_arns": colours.rule_arns,
        "preview_rule_arn": colours.preview_rule_arn,
    }
