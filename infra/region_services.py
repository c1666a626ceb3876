"""The app in a region: cluster, log groups, one-off tasks, and each service in two colours."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws

from components.cache import Cache
from components.colours import Colours, ColoursArgs
from components.database import Database
from components.firewall import Firewall
from components.load_balancer import LoadBalancer
from components.network import Network
from components.task import Task, TaskArgs
from estate import topology
from estate.config import Environment
from infra import tasks
from infra.place import Place
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
    """Declare the log group of each service and of the one-off tasks; return their names."""
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


def _secrets(place: Place, wanted: Mapping[str, str]) -> dict[str, pulumi.Output[str]]:
    return {variable: secret_arn(place.environment, name, place.provider) for variable, name in wanted.items()}


def build_one_off_tasks(place: Place, logs: Mapping[str, pulumi.Output[str]], database: Database) -> dict[str, Task]:
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


def build_services(place: Place, ground: Ground) -> dict[str, dict[str, Any]]:
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
