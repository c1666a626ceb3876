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
from infra.region.place import Place
from infra.secrets_lookup import secret_arn, secret_value

ONE_OFF_CPU, ONE_OFF_MEMORY_MIB = 256, 512


@dataclass(frozen=True)
class Ground:
    """What the app's services stand on."""

    network: Network
    firewall: Firewall
    balancer: LoadBalancer
    cluster: Any
    logs: Mapping[str, pulumi.Output[str]]
    database: Database
    cache: Cache


def build_cluster(place: Place) -> Any:
    """Declare the region's ECS cluster."""
    return aws.ecs.Cluster(
        "cluster",
        name=topology.cluster(place.environment),
        settings=[{"name": "containerInsights", "value": "enabled"}],
        opts=pulumi.ResourceOptions(provider=place.provider),
    )


def build_log_groups(place: Place) -> dict[str, pulumi.Output[str]]:
    """Declare the log group of each service, worker and one-off task; return their names."""
    groups = {}
    for task in (*place.environment.services, *place.environment.workers, "migrate", "smoke"):
        group = aws.cloudwatch.LogGroup(
            f"logs-{task}",
            name=topology.log_group(place.environment, task),
            retention_in_days=place.environment.log_retention_days,
            opts=pulumi.ResourceOptions(provider=place.provider),
        )
        groups[task] = group.name
    return groups


def _secrets(place: Place, wanted: Mapping[str, str]) -> dict[str, pulumi.Output[str]]:
    return {variable: secret_arn(place.environment, name, place.provider) for variable, name in wanted.items()}


def build_one_off_tasks(place: Place, logs: Mapping[str, pulumi.Output[str]], database: Database) -> dict[str, Task]:
    """Declare the tasks that run once: `migrate` makes schema, roles and fence; `smoke` asks the idle colours."""
    environment, region = place.environment, place.region
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
        "smoke": task("smoke", tasks.smoke_variables(environment, region), tasks.SMOKE_SECRETS),
    }


def build_services(place: Place, ground: Ground) -> dict[str, dict[str, Any]]:
    """Declare each app service in two colours; return their part of the manifest."""
    origin_secret = secret_value(place.environment, "origin-secret", place.provider)
    preview_header = secret_value(place.environment, "preview-header", place.provider)
    manifest = {}
    for service, config in place.environment.services.items():
        task = _task(place, ground, service, config)
        colours = Colours(
            f"{topology.prefix(place.environment)}-{service}",
            ColoursArgs(
                fleet=_fleet(place, ground, service, task),
                config=config,
                vpc_id=ground.network.vpc_id,
                listener_arn=ground.balancer.listener_arn,
                load_balancer_arn=ground.balancer.arn,
                origin_secret=origin_secret,
                preview_header=preview_header,
            ),
        )
        manifest[service] = {
            **_common(place, service, config, task),
            "port": config.port,
            "probe_path": config.probe_path,
            "rule_arns": colours.rule_arns,
            "preview_rule_arn": colours.preview_rule_arn,
        }
        for colour, arn in colours.target_group_arns.items():
            manifest[service][colour]["target_group_arn"] = arn
    return manifest


def build_workers(place: Place, ground: Ground) -> dict[str, dict[str, Any]]:
    """Declare each worker in two colours; return their part of the manifest."""
    manifest = {}
    for worker, config in place.environment.workers.items():
        task = _task(place, ground, worker, config, command=["python", "-m", "app", "work"])
        Worker(f"{topology.prefix(place.environment)}-{worker}", WorkerArgs(_fleet(place, ground, worker, task)))
        manifest[worker] = _common(place, worker, config, task)
    return manifest


def _task(
    place: Place,
    ground: Ground,
    name: str,
    config: ServiceConfig | WorkerConfig,
    *,
    command: Sequence[str] | None = None,
) -> Task:
    return Task(
        f"task-{name}",
        TaskArgs(
            environment=place.environment,
            region=place.region,
            task=name,
            image_digest=place.image_digest,
            cpu=config.cpu,
            memory_mib=config.memory_mib,
            log_group=ground.logs[name],
            environment_variables=tasks.service_variables(
                place.environment,
                place.region,
                name,
                config,
                database_address=ground.database.address,
                cache_address=ground.cache.address,
            ),
            secrets=_secrets(place, tasks.service_secrets(name, config)),
            provider=place.provider,
            command=command,
            port=config.port if isinstance(config, ServiceConfig) else None,
            stop_timeout_s=config.stop_timeout_s,
            task_role=f"task-{name}",
        ),
    )


def _fleet(place: Place, ground: Ground, name: str, task: Task) -> Fleet:
    return Fleet(
        environment=place.environment,
        service=name,
        cluster_arn=ground.cluster.arn,
        task_definition_arn=task.arn,
        subnet_ids=ground.network.task_subnet_ids,
        security_group_id=ground.firewall.task_group_id,
        provider=place.provider,
    )


def _common(place: Place, name: str, config: ServiceConfig | WorkerConfig, task: Task) -> dict[str, Any]:
    """Return what the manifest says of services and workers alike."""
    colours = {
        str(colour): {"ecs_service": topology.ecs_service(place.environment, name, colour)}
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
