"""The app in a region: cluster, log groups, one-off tasks, and each service and worker in two colours."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws

from components.compute.colours import Colours, ColoursArgs
from components.compute.ecs_service import Fleet
from components.compute.task import Task, TaskArgs
from components.compute.worker import Worker, WorkerArgs
from components.data.cache import Cache
from components.data.database import Database
from components.network.firewall import Firewall
from components.network.load_balancer import LoadBalancer
from components.network.vpc import Network
from estate import topology
from estate.config import ServiceConfig, WorkerConfig
from infra import tasks
from infra.region.context import RegionContext
from infra.secrets_lookup import secret_arn, secret_value

ONE_OFF_CPU, ONE_OFF_MEMORY_MIB = 256, 512


@dataclass(frozen=True)
class RegionResources:
    """What the app's services stand on."""

    network: Network
    firewall: Firewall
    balancer: LoadBalancer
    cluster: Any
    logs: Mapping[str, pulumi.Output[str]]
    database: Database
    cache: Cache


def build_cluster(context: RegionContext) -> Any:
    """Declare the region's ECS cluster."""
    return aws.ecs.Cluster(
        "cluster",
        name=topology.cluster(context.environment),
        settings=[{"name": "containerInsights", "value": "enabled"}],
        opts=pulumi.ResourceOptions(provider=context.provider),
    )


def build_log_groups(context: RegionContext) -> dict[str, pulumi.Output[str]]:
    """Declare the log group of each service, worker and one-off task; return their names."""
    groups = {}
    for task in (*context.environment.services, *context.environment.workers, *topology.ONE_OFF_TASKS):
        group = aws.cloudwatch.LogGroup(
            f"logs-{task}",
            name=topology.log_group(context.environment, task),
            retention_in_days=context.environment.log_retention_days,
            opts=pulumi.ResourceOptions(provider=context.provider),
        )
        groups[task] = group.name
    return groups


def _secrets(context: RegionContext, wanted: Mapping[str, str]) -> dict[str, pulumi.Output[str]]:
    return {variable: secret_arn(context.environment, name, context.provider) for variable, name in wanted.items()}


def build_one_off_tasks(
    context: RegionContext, logs: Mapping[str, pulumi.Output[str]], database: Database
) -> dict[str, Task]:
    """Declare the tasks that run once: `migrate` makes schema, roles and fence; `smoke` asks the idle colours."""
    environment, region = context.environment, context.region
    migrate = {
        **tasks.common_variables(environment, region),
        **tasks.database_variables(environment, database.address),
    }

    def task(name: str, variables: Mapping[str, pulumi.Input[str]], secrets: Mapping[str, str]) -> Task:
        return Task(
            f"task-{name}",
            TaskArgs(
                environment=environment,
                region=region,
                task=name,
                cpu=ONE_OFF_CPU,
                memory_mib=ONE_OFF_MEMORY_MIB,
                log_group=logs[name],
                environment_variables=variables,
                secrets=_secrets(context, secrets),
                provider=context.provider,
                command=["python", "-m", "app", name],
            ),
        )

    return {
        "migrate": task("migrate", migrate, tasks.MIGRATE_SECRETS),
        "smoke": task("smoke", tasks.smoke_variables(environment, region), tasks.SMOKE_SECRETS),
    }


def build_services(context: RegionContext, resources: RegionResources) -> dict[str, dict[str, Any]]:
    """Declare each app service in two colours; return their part of the manifest."""
    origin_secret = secret_value(context.environment, "origin-secret", context.provider)
    preview_header = secret_value(context.environment, "preview-header", context.provider)
    manifest = {}
    for service, config in context.environment.services.items():
        task = _task(context, resources, service, config)
        colours = Colours(
            f"{topology.prefix(context.environment)}-{service}",
            ColoursArgs(
                fleet=_fleet(context, resources, service, task),
                config=config,
                vpc_id=resources.network.vpc_id,
                listener_arn=resources.balancer.listener_arn,
                load_balancer_arn=resources.balancer.arn,
                origin_secret=origin_secret,
                preview_header=preview_header,
            ),
        )
        manifest[service] = {
            **_common(context, service, config, task),
            "port": config.port,
            "probe_path": config.probe_path,
            "rule_arns": colours.rule_arns,
            "preview_rule_arn": colours.preview_rule_arn,
        }
        for colour, arn in colours.target_group_arns.items():
            manifest[service][colour]["target_group_arn"] = arn
    return manifest


def build_workers(context: RegionContext, resources: RegionResources) -> dict[str, dict[str, Any]]:
    """Declare each worker in two colours; return their part of the manifest."""
    manifest = {}
    for worker, config in context.environment.workers.items():
        task = _task(context, resources, worker, config, command=["python", "-m", "app", "work"])
        Worker(f"{topology.prefix(context.environment)}-{worker}", WorkerArgs(_fleet(context, resources, worker, task)))
        manifest[worker] = _common(context, worker, config, task)
    return manifest


def _task(
    context: RegionContext,
    resources: RegionResources,
    name: str,
    config: ServiceConfig | WorkerConfig,
    *,
    command: Sequence[str] | None = None,
) -> Task:
    return Task(
        f"task-{name}",
        TaskArgs(
            environment=context.environment,
            region=context.region,
            task=name,
            cpu=config.cpu,
            memory_mib=config.memory_mib,
            log_group=resources.logs[name],
            environment_variables=tasks.service_variables(
                context.environment,
                context.region,
                name,
                config,
                database_address=resources.database.address,
                cache_address=resources.cache.address,
            ),
            secrets=_secrets(context, tasks.service_secrets(name, config)),
            provider=context.provider,
            command=command,
            port=config.port if isinstance(config, ServiceConfig) else None,
            stop_timeout_s=config.stop_timeout_s,
            task_role=f"task-{name}",
        ),
    )


def _fleet(context: RegionContext, resources: RegionResources, name: str, task: Task) -> Fleet:
    return Fleet(
        environment=context.environment,
        service=name,
        cluster_arn=resources.cluster.arn,
        task_definition_arn=task.arn,
        subnet_ids=resources.network.task_subnet_ids,
        security_group_id=resources.firewall.task_group_id,
        provider=context.provider,
    )


def _common(context: RegionContext, name: str, config: ServiceConfig | WorkerConfig, task: Task) -> dict[str, Any]:
    """Return what the manifest says of services and workers alike."""
    colours = {
        str(colour): {"ecs_service": topology.ecs_service(context.environment, name, colour)}
        for colour in topology.COLOURS
    }
    return {
        "task_family": task.family,
        "container": name,
        "desired_count": config.desired_count,
        "max_count": config.max_count,
        "failover_count": config.failover_count,
        **colours,
    }
