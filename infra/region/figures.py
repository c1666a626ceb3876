"""Which figures of a region tell how it is: the measures behind its alarms and its dashboards' widgets."""

import fnmatch
from collections.abc import Mapping
from dataclasses import dataclass

import pulumi

from components.observability.metrics import Measure, Metric, highest, measured, total
from estate import topology
from estate.config import Environment
from estate.objectives import AVAILABILITY_RATIO, RESPONSE_TIMES, SLOW_BUDGET_RATIO, ResponseTime

GIB = 2**30
MIB = 2**20
UPLOADS = "uploads"
"""The filter of the video bucket's request metrics: what is put under `raw/`."""

Names = Mapping[str, pulumi.Input[str]]


@dataclass(frozen=True)
class Figures:
    """The figures of one region. `load_balancer` and `target_groups` (service → colour → name) are CloudWatch's
    dimensions: the ends of the ARNs; all other names follow from the environment.
    """

    environment: Environment
    region: str
    load_balancer: pulumi.Input[str]
    target_groups: Mapping[str, Names]

    # The app

    def _target(self, service: str, colour: str, name: str, statistic: str) -> Metric:
        dimensions = {"LoadBalancer": self.load_balancer, "TargetGroup": self.target_groups[service][colour]}
        return Metric("AWS/ApplicationELB", name, dimensions, statistic)

    def _balancer(self, name: str, statistic: str = "Sum") -> Metric:
        return Metric("AWS/ApplicationELB", name, {"LoadBalancer": self.load_balancer}, statistic)

    def _tasks(
        self, service: str, colour: topology.Colour, name: str, namespace: str = "ECS/ContainerInsights"
    ) -> Metric:
        env = self.environment
        dimensions = {"ClusterName": topology.cluster(env), "ServiceName": topology.ecs_service(env, service, colour)}
        return Metric(namespace, name, dimensions, "Maximum" if namespace == "AWS/ECS" else "Average")

    def error_rate(self, service: str) -> Measure:
        """Per cent of a service's answers that are server errors, over both colours."""
        metrics = {
            f"{colour[0]}{short}": self._target(service, colour, name, "Sum")
            for colour in topology.COLOURS
            for short, name in (("e", "HTTPCode_Target_5XX_Count"), ("r", "RequestCount"))
        }
        return Measure(metrics, f"100 * {total(['be', 'ge'])} / {total(['br', 'gr'])}", "server errors, %")

    def region_error_rate(self) -> Measure:
        """Per cent of all answers of the load balancer that are server errors, its own too."""
        return Measure(self._errors(), f"100 * {_ERRORS_SHARE}", "server errors, %")

    def _errors(self) -> dict[str, Metric]:
        return {
            "t": self._balancer("HTTPCode_Target_5XX_Count"),
            "l": self._balancer("HTTPCode_ELB_5XX_Count"),
            "r": self._balancer("RequestCount"),
        }

    def response_time(self, service: str) -> Measure:
        """The slower colour's 95th percentile, seconds."""
        metrics = {c[0]: self._target(service, c, "TargetResponseTime", "p95") for c in topology.COLOURS}
        return Measure(metrics, highest(metrics), "95th percentile, s")

    def unhealthy(self, service: str) -> Measure:
        """Tasks that should run and do not, or whose target is unhealthy: the worse colour's count."""
        metrics = {}
        for colour in topology.COLOURS:
            metrics[f"{colour[0]}d"] = self._tasks(service, colour, "DesiredTaskCount")
            metrics[f"{colour[0]}r"] = self._tasks(service, colour, "RunningTaskCount")
        missing = f"{total(['bd', 'gd'])} - {total(['br', 'gr'])}"
        if service not in self.target_groups:
            return Measure(metrics, missing, "tasks missing")
        for colour in topology.COLOURS:
            metrics[f"{colour[0]}u"] = self._target(service, colour, "UnHealthyHostCount", "Maximum")
        steps = {"missing": missing, "unhealthy": total(["bu", "gu"])}
        return Measure(metrics, highest(steps), "tasks missing or unhealthy", steps)

    def memory(self, service: str) -> Measure:
        """Memory of the fuller colour's tasks, per cent of their limit."""
        metrics = {c[0]: self._tasks(service, c, "MemoryUtilization", "AWS/ECS") for c in topology.COLOURS}
        return Measure(metrics, highest(metrics), "memory, %")

    def cpu(self, service: str) -> Measure:
        """CPU of the busier colour's tasks, per cent."""
        metrics = {c[0]: self._tasks(service, c, "CPUUtilization", "AWS/ECS") for c in topology.COLOURS}
        return Measure(metrics, highest(metrics), "CPU, %")

    def availability_burn(self) -> Measure:
        """How fast the error budget of the availability objective is spent; 1: just in a month."""
        return Measure(self._errors(), f"{_ERRORS_SHARE} / {1 - AVAILABILITY_RATIO:.4g}", "burn rate")

    def latency_burn(self) -> Measure:
        """How fast the worst of the promised response times spends its budget of slow answers; 1: just in a month."""
        metrics = {
            f"m{number}": self.log_metric(response_metric(promise), f"PR({promise.p95_ms:g}:)")
            for number, promise in enumerate(self.promises())
        }
        return Measure(metrics, f"{highest(metrics)} / {100 * SLOW_BUDGET_RATIO:g}", "burn rate")

    def promises(self) -> list[ResponseTime]:
        """The promised response times of paths that a service answers."""
        return [promise for promise in RESPONSE_TIMES if service_of(self.environment, promise.path)]

    def log_metric(self, name: str, statistic: str = "Sum") -> Metric:
        """A metric that is made of the logs."""
        return Metric(topology.metric_namespace(self.environment), name, {}, statistic)

    # What holds data

    def database(self, name: str, statistic: str = "Average", identifier: str = "") -> Metric:
        """A metric of the region's instance, or of another one."""
        identifier = identifier or topology.database_instance(self.environment, self.region)
        return Metric("AWS/RDS", name, {"DBInstanceIdentifier": identifier}, statistic)

    def database_cpu(self) -> Measure:
        """CPU of the region's database, per cent."""
        return measured(self.database("CPUUtilization"))

    def database_connections(self) -> Measure:
        """Connections, per cent of what the region's instance takes."""
        maximum = self.environment.database.limits[self.region].max_connections
        return Measure({"m": self.database("DatabaseConnections", "Maximum")}, f"100 * m / {maximum}", "connections, %")

    def database_disk(self) -> Measure:
        """Storage in use, per cent of what the instance was born with: storage that has grown is not raised for."""
        free = self.database("FreeStorageSpace", "Minimum")
        return Measure({"m": free}, f"100 - 100 * m / {self._storage()}", "disk, %")

    def log_disk(self) -> Measure:
        """Transaction logs, per cent of the storage."""
        logs = self.database("TransactionLogsDiskUsage", "Maximum")
        return Measure({"m": logs}, f"100 * m / {self._storage()}", "transaction logs, %")

    def slot_lag(self) -> Measure:
        """What the slowest replica's slot holds back, per cent of what a slot may."""
        maximum = self.environment.database.max_slot_wal_keep_mib * MIB
        lag = self.database("OldestReplicationSlotLag", "Maximum")
        return Measure({"m": lag}, f"100 * m / {maximum}", "held back by a slot, %")

    def _storage(self) -> int:
        return self.environment.database.storage_gib * GIB

    def replica_lag(self) -> Measure:
        """Lag of the region's replica, seconds."""
        return measured(self.database("ReplicaLag", "Maximum"))

    def cache_memory(self) -> Measure:
        """Memory of the fullest cache node, per cent."""
        group, nodes = topology.cache_group(self.environment), self.environment.cache.nodes
        metrics = {
            f"n{number}": Metric(
                "AWS/ElastiCache",
                "DatabaseMemoryUsagePercentage",
                {"CacheClusterId": f"{group}-{number:03d}"},
                "Maximum",
            )
            for number in range(1, nodes + 1)
        }
        return Measure(metrics, highest(metrics), "memory, %")

    def search(self, name: str, statistic: str) -> Metric:
        """A metric of the search domain."""
        env = self.environment
        dimensions = {"DomainName": topology.search_domain(env), "ClientId": env.account_id}
        return Metric("AWS/ES", name, dimensions, statistic)

    def search_disk(self) -> Measure:
        """Storage of the fullest data node, per cent."""
        maximum = self.environment.search.storage_gib * 1024
        return Measure({"m": self.search("FreeStorageSpace", "Minimum")}, f"100 - 100 * m / {maximum}", "disk, %")

    def search_red(self) -> Measure:
        """1 while a primary shard is missing."""
        return measured(self.search("ClusterStatus.red", "Maximum"))

    def dead_letters(self) -> Measure:
        """Messages that were given up, over all queues."""
        metrics = {
            f"q{number}": Metric(
                "AWS/SQS",
                "ApproximateNumberOfMessagesVisible",
                {"QueueName": topology.dead_letter_queue(self.environment, name)},
                "Maximum",
            )
            for number, name in enumerate(self.environment.queues)
        }
        return Measure(metrics, total(metrics), "dead letters")

    # Objects

    def upload_failures(self) -> Measure:
        """Per cent of the requests that put originals which S3 refused or failed."""
        bucket = topology.video_bucket(self.environment, self.region)

        def requests(name: str) -> Metric:
            return Metric("AWS/S3", name, {"BucketName": bucket, "FilterId": UPLOADS}, "Sum")

        metrics = {
            "c": requests("4xxErrors"),
            "s": requests("5xxErrors"),
            "u": requests("PutRequests"),
            "o": requests("PostRequests"),
        }
        return Measure(metrics, f"100 * {total('cs')} / {total('uo')}", "failed uploads, %")

    def replication(self, name: str) -> Measure:
        """A metric of what the region's video bucket sends to the other region."""
        env, other = self.environment, self.environment.other_region(self.region)
        dimensions = {
            "SourceBucket": topology.video_bucket(env, self.region),
            "DestinationBucket": topology.video_bucket(env, other),
            "RuleId": f"to-{other}",
        }
        return measured(Metric("AWS/S3", name, dimensions, "Maximum"))

    def canary(self) -> Measure:
        """Per cent of the canary's runs that succeeded."""
        name = topology.canary(self.environment, self.region)
        return measured(Metric("CloudWatchSynthetics", "SuccessPercent", {"CanaryName": name}))


_ERRORS_SHARE = f"{total('tl')} / {total('rl')}"
"""The share of requests that ended in a server error; those that no target got are the load balancer's own."""


def certificate_days(certificate_arn: pulumi.Input[str]) -> Measure:
    """Days until a certificate ends."""
    return measured(Metric("AWS/CertificateManager", "DaysToExpiry", {"CertificateArn": certificate_arn}, "Minimum"))


def response_metric(promise: ResponseTime) -> str:
    """Return the name of the metric of a promised response time, milliseconds."""
    return f"response-time-{promise.name}"


def service_of(environment: Environment, path: str) -> str | None:
    """Return the app service that the load balancer leads a path to, or None."""
    ordered = sorted(environment.services.items(), key=lambda item: item[1].priority)
    for service, config in ordered:
        if any(fnmatch.fnmatchcase(path, pattern) for pattern in config.paths):
            return service
    return None
