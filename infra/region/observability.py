"""What watches a region: topics, figures from logs, alarms, service levels and a canary. All of it is regional."""

from collections.abc import Iterator, Mapping, Sequence

import pulumi
import pulumi_aws as aws

from components.observability.alarms import Alarms, AlarmsArgs, Rule, Watch, all_of, any_of, in_alarm
from components.observability.canary import Canary, CanaryArgs
from components.observability.log_metrics import LogFigure, LogMetrics, LogMetricsArgs
from components.observability.metrics import measured
from components.observability.notices import Notices, NoticesArgs
from components.observability.service_level import ServiceLevel, ServiceLevelArgs
from estate import topology
from infra.region.context import RegionContext
from infra.region.figures import UPLOADS, Figures, certificate_days, response_metric, service_of
from infra.secrets_lookup import secret_value

CONNECTION_FAILURES = " ".join(
    f'?"{text}"'
    for text in (
        "too many connections",
        "remaining connection slots",
        "password authentication failed",
        "no pg_hba.conf entry",
        "the database system is",
    )
)
"""PostgreSQL's words when it refuses a connection; ended idle sessions and old transactions are no such thing."""


def build_observability(
    context: RegionContext,
    *,
    load_balancer: pulumi.Output[str],
    target_group_arns: Mapping[str, Mapping[str, pulumi.Output[str]]],
    logs: Mapping[str, pulumi.Output[str]],
    database: pulumi.Resource,
    foundation: pulumi.StackReference,
) -> None:
    """Declare what watches the region. `load_balancer`: the end of its ARN, CloudWatch's dimension;
    `target_group_arns`: app service → colour → ARN; `logs`: task → log group.
    """
    environment, prefix = context.environment, topology.prefix(context.environment)
    groups = {
        service: {colour: arn.apply(lambda text: text.rpartition(":")[2]) for colour, arn in arns.items()}
        for service, arns in target_group_arns.items()
    }
    figures = Figures(environment, context.region, load_balancer, groups)
    pulumi.export("target_groups", groups)
    notices = Notices(
        f"{prefix}-notices",
        NoticesArgs(
            environment, context.region, secret_value(environment, "pagerduty-url", context.provider), context.provider
        ),
    )
    _log_metrics(context, logs, figures, database)
    _bucket_metrics(context)
    certificate = foundation.require_output("certificate_arns").apply(lambda arns: str(arns[context.region]))
    _alarms(context, figures, certificate, list(notices.topics.values()))
    _canary(context)


def _alarms(
    context: RegionContext, figures: Figures, certificate: pulumi.Output[str], notified: Sequence[pulumi.Resource]
) -> None:
    """Declare all alarms and service levels, after the topics that they tell."""
    environment, prefix = context.environment, topology.prefix(context.environment)
    watches, rules = _watches(figures, certificate), _rules(context)
    Alarms(
        f"{prefix}-alarms",
        AlarmsArgs(environment, context.region, watches, rules, context.provider, depends_on=notified),
    )
    for objective, burn in (("availability", figures.availability_burn()), ("latency", figures.latency_burn())):
        ServiceLevel(
            f"{prefix}-{objective}",
            ServiceLevelArgs(environment, context.region, objective, burn, context.provider, depends_on=notified),
        )


def _canary(context: RegionContext) -> None:
    environment = context.environment
    Canary(
        f"{topology.prefix(environment)}-canary",
        CanaryArgs(
            canary_name=topology.canary(environment, context.region),
            site_url=f"https://{topology.site_name(environment)}",
            every_minutes=environment.monitoring.canary_minutes,
            runtime=environment.monitoring.canary_runtime,
            role_arn=topology.role_arn(environment, "canary"),
            code_bucket=topology.static_bucket(environment, context.region),
            artifact_bucket=topology.log_bucket(environment, context.region),
            provider=context.provider,
        ),
    )


def _log_metrics(
    context: RegionContext, logs: Mapping[str, pulumi.Output[str]], figures: Figures, database: pulumi.Resource
) -> None:
    environment = context.environment
    tasks = [*environment.services, *environment.workers]
    writing = [task for task, config in environment.services.items() if config.pool_max]
    writing += [task for task, config in environment.workers.items() if config.pool_max]
    made = [
        LogFigure(f"errors-{task}", logs[task], '{ $.level = "error" }', f"errors-{task}", default="0")
        for task in tasks
    ]
    made += [
        LogFigure(
            f"unreplicated-{task}",
            logs[task],
            "{ $.unreplicated_s = * }",
            "unreplicated",
            value="$.unreplicated_s",
            unit="Seconds",
        )
        for task in writing
    ]
    made += _response_times(figures, logs)
    prefix, namespace = topology.prefix(environment), topology.metric_namespace(environment)
    LogMetrics(f"{prefix}-log-metrics", LogMetricsArgs(namespace, made, context.provider))
    group = topology.database_log_group(topology.database_instance(environment, context.region))
    refused = LogFigure("refused", group, CONNECTION_FAILURES, "database-connection-failures", default="0")
    LogMetrics(
        f"{prefix}-database-log-metrics",
        LogMetricsArgs(namespace, [refused], context.provider),
        pulumi.ResourceOptions(depends_on=[database]),
    )


def _response_times(figures: Figures, logs: Mapping[str, pulumi.Output[str]]) -> Iterator[LogFigure]:
    for promise in figures.promises():
        service = service_of(figures.environment, promise.path)
        assert service is not None
        yield LogFigure(
            promise.name,
            logs[service],
            f'{{ $.method = "{promise.method}" && $.path = "{promise.path}" && $.responseTime = * }}',
            response_metric(promise),
            value="$.responseTime",
            unit="Milliseconds",
        )


def _bucket_metrics(context: RegionContext) -> None:
    aws.s3.BucketMetric(
        f"{topology.prefix(context.environment)}-uploads",
        bucket=topology.video_bucket(context.environment, context.region),
        name=UPLOADS,
        filter={"prefix": "raw/"},
        opts=pulumi.ResourceOptions(provider=context.provider),
    )


def _watches(figures: Figures, certificate_arn: pulumi.Input[str]) -> list[Watch]:
    environment = figures.environment
    watches = []
    for service in environment.services:
        watches.append(Watch("error-rate", figures.error_rate(service), service))
        watches.append(Watch("response-time", figures.response_time(service), service))
    for service in (*environment.services, *environment.workers):
        watches.append(Watch("service-unhealthy", figures.unhealthy(service), service))
        watches.append(Watch("memory", figures.memory(service), service))
    return [
        *watches,
        Watch("error-rate", figures.region_error_rate(), "load-balancer"),
        Watch("database-cpu", figures.database_cpu()),
        Watch("database-connection-failures", measured(figures.log_metric("database-connection-failures"))),
        Watch("database-connections", figures.database_connections()),
        Watch("disk", figures.database_disk(), "database"),
        Watch("replication-slot-lag", figures.slot_lag()),
        Watch("log-disk", figures.log_disk()),
        Watch("replica-lag", figures.replica_lag()),
        Watch("memory", figures.cache_memory(), "cache"),
        Watch("disk", figures.search_disk(), "search"),
        Watch("search-unhealthy", figures.search_red()),
        Watch("dead-letters", figures.dead_letters()),
        Watch("upload-failures", figures.upload_failures()),
        Watch("object-replication-time", figures.replication("ReplicationLatency")),
        Watch("object-replication-pending", figures.replication("OperationsPendingReplication")),
        Watch("unreplicated", measured(figures.log_metric("unreplicated", "Maximum"))),
        Watch("certificate-expiry", certificate_days(certificate_arn)),
        Watch("site-journey", figures.canary()),
    ]


def _rules(context: RegionContext) -> list[Rule]:
    environment, region = context.environment, context.region
    down = [
        Rule(
            "service-down",
            all_of([in_alarm(environment, region, alert, service) for alert in ("error-rate", "service-unhealthy")]),
            service,
        )
        for service in environment.services
    ]
    broken = [
        *(in_alarm(environment, region, "service-down", service) for service in environment.services),
        in_alarm(environment, region, "database-connection-failures"),
    ]
    noticed = in_alarm(environment, region, "site-journey")
    return [*down, Rule("region-down", all_of([any_of(broken), noticed]))]
