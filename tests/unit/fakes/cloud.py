"""Two regions of AWS in memory, as far as operations ask: what they write is true at once, and seen in `snapshot`."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from aws.autoscaling import Bounds
from aws.ecs import Service, Task, TaskDefinition
from aws.elbv2 import Target
from aws.errors import AwsError, NotFound, Throttled, Unreachable
from aws.logs import LogEvent
from aws.secretsmanager import Secret
from estate import topology
from estate.config import Environment
from estate.files import read_environment
from estate.manifest import encode_part, encode_piece, piece_name
from operations.http import Answer
from operations.prober import new_account
from operations.prober.sample import Sample
from operations.table import MemoryTable
from tests.unit.operations.engine_kit import FakeClock

SERVICES = ("gateway", "video")
PROBE_PATHS = {"gateway": "/api/health", "video": "/api/videos/health"}
WORKER = "worker"
EXITED = "Essential container in task exited"
SECRET = "arn:aws:secretsmanager:us-east-1:123456789012:secret:breiq-staging/database-app-AbCdEf"
COUNT, MOST = 2, 9
"""Two services are as good as seven: what is done to each is done at once to all."""


@cache
def local_environment() -> Environment:
    """Return the local environment, read once: it is frozen."""
    return read_environment("local")


@dataclass
class FakeService:
    desired: int = 0
    task_definition: str = ""


@dataclass
class FakeEcs:
    """ECS of one region: services run what they should at once, one-off tasks end at once."""

    cloud: "FakeCloud"
    region: str
    services: dict[str, FakeService] = field(default_factory=dict)
    revisions: dict[str, TaskDefinition] = field(default_factory=dict)
    inactive: set[str] = field(default_factory=set)
    one_off: dict[str, str] = field(default_factory=dict)
    """The revision of each one-off task."""
    ended: dict[str, list[Task]] = field(default_factory=dict)
    unregistered: dict[str, int] = field(default_factory=dict)
    """How many tasks of a service somebody took out of its target group."""

    def service(self, cluster: str, name: str) -> Service:
        self.cloud.asked(self.region)
        one = self.services[name]
        running = 0 if one.desired and self.image_of(name) in self.cloud.dying else one.desired
        events = () if running else (f"(service {name}) has started 1 tasks",)
        return Service(name, one.desired, running, 0, one.task_definition, 1, events)

    def describe(self, cluster: str, names: Sequence[str]) -> dict[str, Service]:
        return {name: self.service(cluster, name) for name in names}

    def redeploy(self, cluster: str, name: str) -> None:
        self.cloud.asked(self.region)
        self.unregistered.pop(name, None)

    def scale(self, cluster: str, name: str, desired: int, task_definition: str | None = None) -> None:
        self.cloud.asked(self.region)
        if task_definition:
            self._refuse_inactive(task_definition)
        surplus = self.services[name].desired - desired
        if surplus > 0 and self.image_of(name) not in self.cloud.dying:
            self._end(name, surplus, "ServiceSchedulerInitiated", "Scaling activity initiated by (deployment x)", 0)
        self.services[name].task_definition = task_definition or self.services[name].task_definition
        self.services[name].desired = desired

    def _end(self, service: str, count: int, code: str, why: str, exit_code: int | None) -> None:
        ended, now = self.ended.setdefault(service, []), self.cloud.clock.now()
        for number in range(len(ended), len(ended) + count):
            arn, definition = f"arn:task/cluster/{service}-{number}", self.services[service].task_definition
            ended.insert(0, Task(arn, "STOPPED", exit_code, why, code, definition, now, now))

    def task_definition(self, family_or_arn: str) -> TaskDefinition:
        self.cloud.asked(self.region)
        if family_or_arn in self.revisions:
            return self.revisions[family_or_arn]
        for arn, revision in reversed(self.revisions.items()):
            if revision.family == family_or_arn and arn not in self.inactive:
                return revision
        raise NotFound("not_found", "permanent", family_or_arn, call="ecs", region=self.region)

    def register(self, document: Mapping[str, Any], tags: Mapping[str, str]) -> str:
        self.cloud.asked(self.region)
        family = str(document["family"])
        number = 1 + sum(revision.family == family for revision in self.revisions.values())
        arn = f"arn:{self.region}:{family}:{number}"
        self.revisions[arn] = TaskDefinition(arn, family, json.loads(json.dumps(document)), dict(tags))
        return arn

    def deregister(self, arn: str) -> None:
        self.inactive.add(arn)

    def _refuse_inactive(self, arn: str) -> None:
        """ECS runs nothing of a revision that was deregistered."""
        if arn in self.inactive:
            why = "TaskDefinition is inactive"
            raise AwsError("client_exception", "permanent", why, call="ecs", region=self.region)

    def run_task(self, cluster: str, task_definition: str, **more: Any) -> str:
        self.cloud.asked(self.region)
        self._refuse_inactive(task_definition)
        arn = f"task/{len(self.one_off)}"
        self.one_off[arn] = task_definition
        return arn

    def task(self, cluster: str, arn: str) -> Task:
        revision = self.one_off[arn]
        image = str(self.revisions[revision].document["containerDefinitions"][0]["image"])
        failed = image.rpartition("@")[2] in self.cloud.failing_tasks
        return Task(arn, "STOPPED", 1 if failed else 0, EXITED, task_definition=revision)

    def tasks(self, cluster: str, service: str, *, stopped: bool) -> list[Task]:
        """Tasks that run, or that have ended: of an image in `dying` all of them, each time that it is asked."""
        self.cloud.asked(self.region)
        one = self.services[service]
        dies = one.desired and self.image_of(service) in self.cloud.dying
        if dies:
            self._end(service, one.desired, *self.cloud.ending)
        if stopped:
            return list(self.ended.get(service, []))
        count = 0 if dies else one.desired
        arns = [f"arn:task/cluster/{service}-{n}" for n in range(count)]
        return [Task(arn, "RUNNING", None, "", "", one.task_definition, self.cloud.clock.now()) for arn in arns]

    def tasks_started_by(self, cluster: str, started_by: str) -> list[str]:
        return []

    def stop_task(self, cluster: str, arn: str, reason: str) -> None:
        return None

    def image_of(self, service: str) -> str:
        document = self.revisions[self.services[service].task_definition].document
        return str(document["containerDefinitions"][0]["image"]).rpartition("@")[2]


@dataclass
class FakeElbv2:
    """ELB of one region: targets are the tasks of the service with the target group's name."""

    cloud: "FakeCloud"
    region: str
    rules: dict[str, dict[str, int]] = field(default_factory=dict)

    def weights(self, rule_arns: list[str]) -> dict[str, dict[str, int]]:
        self.cloud.asked(self.region)
        return {arn: dict(self.rules[arn]) for arn in rule_arns}

    def set_weights(self, rule_arn: str, weights: dict[str, int]) -> None:
        self.cloud.asked(self.region)
        self.rules[rule_arn] = dict(weights)

    def targets(self, target_group_arn: str) -> list[Target]:
        name = target_group_arn.removeprefix("tg/")
        self.cloud.asked(self.region)
        ecs = self.cloud.regions[self.region].ecs
        sick = ecs.services[name].desired and ecs.image_of(name) in self.cloud.never_ready
        state = "unhealthy" if sick else "healthy"
        known = ecs.services[name].desired - ecs.unregistered.get(name, 0)
        return [Target(f"10.0.0.{n}", 8000, state, "") for n in range(known)]


@dataclass
class FakeAutoscaling:
    """Autoscaling of one region: it keeps bounds, and scales nothing."""

    cloud: "FakeCloud"
    region: str
    known: dict[str, Bounds] = field(default_factory=dict)

    def bounds(self, cluster: str, names: list[str]) -> dict[str, Bounds]:
        self.cloud.asked(self.region)
        return {name: self.known[name] for name in names if name in self.known}

    def set_bounds(self, cluster: str, name: str, bounds: Bounds) -> None:
        self.cloud.asked(self.region)
        self.known[name] = bounds


@dataclass
class FakeEcr:
    cloud: "FakeCloud"
    region: str

    def digest(self, repository: str, image: str) -> str:
        self.cloud.asked(self.region)
        if image in self.cloud.images.values():
            return image
        if image not in self.cloud.images:
            raise NotFound("not_found", "permanent", image, call="ecr:DescribeImages", region=self.region)
        return self.cloud.images[image]

    def tags(self, repository: str) -> dict[str, str]:
        return dict(self.cloud.images)

    def problem(self, repository: str, digest: str, architecture: str) -> str | None:
        self.digest(repository, digest)
        return self.cloud.image_problem


@dataclass
class FakeSsm:
    parameters: dict[str, str]

    def by_path(self, path: str) -> dict[str, str]:
        return dict(self.parameters)


@dataclass
class FakeSecrets:
    empty: set[str] = field(default_factory=set)
    throttled: set[str] = field(default_factory=set)
    absent: set[str] = field(default_factory=set)

    def value(self, name: str) -> Secret:
        return Secret("preview")

    def has_value(self, name: str) -> bool:
        if name in self.throttled:
            raise Throttled("throttled", "transient", "throttled", call="secretsmanager", region="r", remedy="again")
        if name in self.absent:
            raise NotFound("not_found", "permanent", f"{name} does not exist", call="secretsmanager", region="r")
        return name not in self.empty


@dataclass
class FakeCloudWatch:
    """CloudWatch of one region: the alarms that a test raises."""

    alarms: list[str] = field(default_factory=list)

    def raised(self, prefix: str) -> list[str]:
        return [name for name in self.alarms if name.startswith(prefix)]


@dataclass
class FakeLogs:
    """Each stream says what the cloud's `logged` has for the container that it names."""

    cloud: "FakeCloud"

    def events(self, group: str, *, since: float, streams: Sequence[str] = (), **_: Any) -> list[LogEvent]:
        lines = self.cloud.logged.get(streams[0].split("/")[1], []) if streams else []
        return [LogEvent(self.cloud.clock.now(), streams[0], line, "") for line in lines]


@dataclass
class FakeS3:
    objects: dict[tuple[str, str], bytes] = field(default_factory=dict)

    def put(self, bucket: str, key: str, body: bytes, content_type: str) -> None:
        self.objects[bucket, key] = body


@dataclass
class FakeSession:
    region: str
    ecs: FakeEcs
    elbv2: FakeElbv2
    autoscaling: FakeAutoscaling
    ecr: FakeEcr
    ssm: FakeSsm
    s3: FakeS3
    shared: MemoryTable
    logs: FakeLogs
    secretsmanager: FakeSecrets = field(default_factory=FakeSecrets)
    cloudwatch: FakeCloudWatch = field(default_factory=FakeCloudWatch)

    def table(self, name: str) -> MemoryTable:
        return self.shared


class FakeCloud:
    """An environment's two regions, as after `up`: both colours at 0, blue weighted. `release_by_hand` makes blue serve."""

    def __init__(self, environment: Environment, clock: FakeClock, table: MemoryTable | None = None) -> None:
        self.environment, self.clock = environment, clock
        self.table = table if table is not None else MemoryTable()
        self.images = {"v1": "sha256:1111", "v2": "sha256:2222", "v3": "sha256:3333"}
        self.never_ready: set[str] = set()
        self.dying: set[str] = set()
        self.ending: tuple[str, str, int | None] = ("EssentialContainerExited", EXITED, 1)
        self.logged: dict[str, list[str]] = {}
        self.image_problem: str | None = None
        self.failing_tasks: set[str] = set()
        self.failing: set[str] = set()
        self.slow: set[str] = set()
        self.lost: set[str] = set()
        self.regions = {region: self._region(region) for region in environment.regions}
        clock.on_sleep.append(self.beat)

    def clients(self, region: str) -> Any:
        return self.regions[region]

    def asked(self, region: str) -> None:
        if region in self.lost:
            raise Unreachable("aws_unreachable", "transient", "no answer", call="any", region=region)

    def release_by_hand(self, tag: str) -> None:
        for region, session in self.regions.items():
            for name in (*SERVICES, WORKER):
                blue = topology.ecs_service(self.environment, name, "blue")
                arn = session.ecs.register(_document(name, self.images[tag], "blue"), {"breiq:operation": "op-0"})
                session.ecs.scale("cluster", blue, COUNT, arn)
                session.autoscaling.known[blue] = Bounds(COUNT, MOST)
            self.table.update("worker", f"colour#{region}", {"colour": "blue", "operation": "op-0"})
        values: dict[str, Any] = {"holder": self.environment.primary_region, "epoch": 1, "state": "open"}
        self.table.update("writer", "lease", {**values, "traffic_region": self.environment.primary_region})

    @property
    def traffic_region(self) -> str:
        """The region that users are led to, as the lease says."""
        return str((self.table.get("writer", "lease") or {}).get("traffic_region", self.environment.primary_region))

    def serving(self, region: str, service: str = SERVICES[0]) -> tuple[str, str]:
        """Return (colour, digest) that a production request to a service meets."""
        weights = self.regions[region].elbv2.rules[f"{region}/{service}/production"]
        name = max(weights, key=lambda arn: weights[arn]).removeprefix("tg/")
        return name.rpartition("-")[2], self.regions[region].ecs.image_of(name)

    def working(self, region: str) -> str:
        """Return the colour whose workers take a region's jobs."""
        item = self.table.get("worker", f"colour#{region}")
        return str((item or {}).get("colour", "blue"))

    def snapshot(self) -> dict[str, Any]:
        """Return all that an undone operation must have left as it was."""
        return {
            region: {
                "services": {n: (s.desired, s.task_definition) for n, s in session.ecs.services.items()},
                "rules": {arn: {g: w for g, w in rule.items() if w} for arn, rule in session.elbv2.rules.items()},
                "active": sorted(arn for arn in session.ecs.revisions if arn not in session.ecs.inactive),
                "bounds": dict(session.autoscaling.known),
                "working": self.working(region),
            }
            for region, session in self.regions.items()
        }

    def fetch(self, url: str, *, headers: Mapping[str, str], ca_file: str | None, timeout_s: float) -> Answer:
        region = self.traffic_region
        kind = "preview" if topology.PREVIEW_HEADER in headers else "production"
        path = url.partition(self.environment.domain)[2]
        service = next((name for name in SERVICES if PROBE_PATHS[name] == path), "video")
        weights = self.regions[region].elbv2.rules[f"{region}/{service}/{kind}"]
        name = max(weights, key=lambda arn: weights[arn]).removeprefix("tg/")
        if not self.regions[region].ecs.services[name].desired:
            return Answer(503, {})
        return Answer(200, {"x-region": region, "x-service": service, "x-colour": name.rpartition("-")[2]})

    def beat(self, now: float) -> None:
        """Note what workers that are ready note: each region's, of each colour that runs."""
        for region, session in self.regions.items():
            for colour in topology.COLOURS:
                name = topology.ecs_service(self.environment, WORKER, colour)
                if session.ecs.services[name].desired and session.ecs.image_of(name) not in self.never_ready:
                    self.table.update("beat", f"worker#{region}#{colour}", {"noted_at": now})

    def _region(self, region: str) -> FakeSession:
        environment = self.environment
        ecs, elbv2 = FakeEcs(self, region), FakeElbv2(self, region)
        for family in (*SERVICES, WORKER, "migrate", "smoke"):
            initial = ecs.register(_document(family, self.images["v1"], "blue"), {"made-by": "estate"})
            for colour in topology.COLOURS:
                if family in (*SERVICES, WORKER):
                    ecs.services[topology.ecs_service(environment, family, colour)] = FakeService(0, initial)
        for service in SERVICES:
            groups = {colour: f"tg/{topology.ecs_service(environment, service, colour)}" for colour in topology.COLOURS}
            for rule, weighted in (("production", "blue"), ("traffic", "blue"), ("preview", "green")):
                if rule != "traffic" or service == SERVICES[0]:
                    weights = {arn: 100 * (colour == weighted) for colour, arn in groups.items()}
                    elbv2.rules[f"{region}/{service}/{rule}"] = weights
        autoscaling = FakeAutoscaling(self, region, {name: Bounds(0, 0) for name in ecs.services})
        return FakeSession(
            region,
            ecs,
            elbv2,
            autoscaling,
            FakeEcr(self, region),
            FakeSsm(self._parameters(region)),
            FakeS3(),
            self.table,
            FakeLogs(self),
        )

    def _parameters(self, region: str) -> dict[str, str]:
        env = self.environment
        counts = {"desired_count": COUNT, "max_count": MOST, "failover_count": COUNT}
        pieces: dict[str, dict[str, Any]] = {}
        for name in SERVICES:
            names = {colour: topology.ecs_service(env, name, colour) for colour in topology.COLOURS}
            traffic = [f"{region}/{name}/traffic"] if name == SERVICES[0] else []
            pieces[f"services.{name}"] = {
                **counts,
                "task_family": name,
                "container": name,
                "port": 8000,
                "probe_path": PROBE_PATHS[name],
                **{c: {"ecs_service": names[c], "target_group_arn": f"tg/{names[c]}"} for c in topology.COLOURS},
                "rule_arns": [f"{region}/{name}/production", *traffic],
                "preview_rule_arn": f"{region}/{name}/preview",
            }
        pieces[f"workers.{WORKER}"] = {
            **counts,
            "task_family": WORKER,
            "container": WORKER,
            **{c: {"ecs_service": topology.ecs_service(env, WORKER, c)} for c in topology.COLOURS},
        }
        texts = {name: encode_piece(piece, 1) for name, piece in pieces.items()}
        regional = {
            "region": region,
            "cluster": topology.cluster(env),
            "load_balancer_arn": "lb",
            "load_balancer_name": "lb",
            "listener_arn": "listener",
            "task_subnet_ids": ["subnet"],
            "task_security_group_id": "sg",
            "database_instance": topology.database_instance(env, region),
            "database_subnet_acls": {"subnet-1": "acl-1"},
            "quarantine_acl_id": "acl-9",
            "migrate_family": "migrate",
            "smoke_family": "smoke",
        }
        foundation = {
            "operations_table": topology.operations_table(env),
            "repository": topology.repository(env),
            "audit_buckets": {r: topology.audit_bucket(env, r) for r in env.regions},
            "video_buckets": {r: topology.video_bucket(env, r) for r in env.regions},
            "secrets": {name: topology.secret(env, name) for name in topology.SECRETS},
        }
        edge = {
            "site_url": f"https://{env.domain}",
            "origin_name": topology.origin_name(env),
            "distribution_id": "E1",
            "traffic_health_check_id": "h1",
        }
        return {
            "foundation": encode_part(foundation, 1),
            region: encode_part(regional, 1, texts),
            "edge": encode_part(edge, 1),
            **{piece_name(region, name): text for name, text in texts.items()},
        }


class FakeTraffic:
    """Twenty requests a second to the primary, for as long as the clock has moved; what they met is what served then."""

    def __init__(self, cloud: FakeCloud) -> None:
        self.cloud, self._until = cloud, cloud.clock.now() - 10
        self.seen: list[Sample] = []
        self._generate(cloud.clock.now())
        cloud.clock.on_sleep.append(self._generate)

    account = new_account("op-1")

    def samples(self) -> Sequence[Sample]:
        return self.seen

    def _generate(self, now: float) -> None:
        while self._until < now:
            region = self.cloud.traffic_region
            colour, digest = self.cloud.serving(region)
            bad, slow = digest in self.cloud.failing, digest in self.cloud.slow
            self.seen.append(
                Sample(
                    at=self._until,
                    kind="read" if len(self.seen) % 2 else "write",
                    ok=not bad,
                    latency_ms=200.0 if slow else 10.0,
                    status=500 if bad else 200,
                    service=SERVICES[0],
                    colour=colour,
                    region=region,
                    version=digest,
                    error="500" if bad else None,
                )
            )
            self._until += 0.05


def _document(family: str, digest: str, colour: str) -> dict[str, Any]:
    environment = [{"name": "COLOUR", "value": colour}, {"name": "PORT", "value": "8000"}]
    secrets = [{"name": "DB_PASSWORD", "valueFrom": f"{SECRET}:password::"}]
    options = {"awslogs-group": f"/aws/ecs/{family}", "awslogs-stream-prefix": family}
    definition = {
        "name": family,
        "image": f"repo/app@{digest}",
        "environment": environment,
        "secrets": secrets,
        "logConfiguration": {"logDriver": "awslogs", "options": options},
    }
    return {"family": family, "containerDefinitions": [definition], "cpu": "256", "memory": "512"}
