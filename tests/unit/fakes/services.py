"""AWS's services in memory, as far as operations ask: what they write is true at once."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from aws.autoscaling import Bounds
from aws.ecs import Service, Task, TaskDefinition
from aws.elbv2 import Target
from aws.errors import AwsError, NotFound, Throttled
from aws.logs import LogEvent
from aws.secretsmanager import Secret
from operations.table import MemoryTable

if TYPE_CHECKING:
    from tests.unit.fakes.cloud import FakeCloud

EXITED = "Essential container in task exited"


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
