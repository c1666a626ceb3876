"""Two regions of AWS in memory, as far as operations ask: what they write is true at once, and seen in `snapshot`."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from aws.ecs import Service, Task, TaskDefinition
from aws.elbv2 import Target
from aws.errors import NotFound, Unreachable
from aws.secretsmanager import Secret
from estate import topology
from estate.config import Environment
from estate.manifest import encode_part
from operations.http import Answer
from operations.prober.sample import Sample
from operations.table import MemoryTable
from tests.unit.operations.engine_kit import FakeClock


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
    tasks: dict[str, str] = field(default_factory=dict)

    def service(self, cluster: str, name: str) -> Service:
        self.cloud.asked(self.region)
        one = self.services[name]
        return Service(name, one.desired, one.desired, 0, one.task_definition, 1, ())

    def scale(self, cluster: str, name: str, desired: int, task_definition: str | None = None) -> None:
        self.cloud.asked(self.region)
        self.services[name].desired = desired
        if task_definition:
            assert task_definition not in self.inactive, "ECS refuses an inactive revision"
            self.services[name].task_definition = task_definition

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

    def run_task(self, cluster: str, task_definition: str, **more: Any) -> str:
        self.cloud.asked(self.region)
        image = self.revisions[task_definition].document["containerDefinitions"][0]["image"]
        arn = f"task/{len(self.tasks)}"
        self.tasks[arn] = image
        return arn

    def task(self, cluster: str, arn: str) -> Task:
        failed = self.tasks[arn].rpartition("@")[2] in self.cloud.failing_tasks
        return Task(arn, "STOPPED", 1 if failed else 0, "Essential container in task exited")

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
        ecs = self.cloud.regions[self.region].ecs
        sick = ecs.services[name].desired and ecs.image_of(name) in self.cloud.never_ready
        state = "unhealthy" if sick else "healthy"
        return [Target(f"10.0.0.{n}", 8000, state, "") for n in range(ecs.services[name].desired)]


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


@dataclass
class FakeSsm:
    parameters: dict[str, str]

    def by_path(self, path: str) -> dict[str, str]:
        return dict(self.parameters)


class FakeSecrets:
    def value(self, name: str) -> Secret:
        return Secret("preview")


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
    ecr: FakeEcr
    ssm: FakeSsm
    s3: FakeS3
    shared: MemoryTable
    secretsmanager: FakeSecrets = field(default_factory=FakeSecrets)

    def table(self, name: str) -> MemoryTable:
        return self.shared


class FakeCloud:
    """An environment's two regions, as after `up`: both colours at 0, blue weighted. `release_by_hand` makes blue serve."""

    def __init__(self, environment: Environment, clock: FakeClock) -> None:
        self.environment, self.clock = environment, clock
        self.table = MemoryTable()
        self.images = {"v1": "sha256:1111", "v2": "sha256:2222", "v3": "sha256:3333"}
        self.never_ready: set[str] = set()
        self.failing_tasks: set[str] = set()
        self.failing: set[str] = set()
        self.slow: set[str] = set()
        self.lost: set[str] = set()
        self.regions = {region: self._region(region) for region in environment.regions}

    def clients(self, region: str) -> Any:
        return self.regions[region]

    def asked(self, region: str) -> None:
        if region in self.lost:
            raise Unreachable("aws_unreachable", "transient", "no answer", call="any", region=region)

    def release_by_hand(self, tag: str) -> None:
        for session in self.regions.values():
            blue = topology.ecs_service(self.environment, "backend", "blue")
            arn = session.ecs.register(_document("backend", self.images[tag], "blue"), {"breiq:operation": "op-0"})
            session.ecs.scale("cluster", blue, 2, arn)
        values: dict[str, Any] = {"holder": self.environment.primary_region, "epoch": 1, "state": "open"}
        self.table.update("writer", "lease", {**values, "traffic_region": self.environment.primary_region})

    def serving(self, region: str) -> tuple[str, str]:
        """Return (colour, digest) that a production request meets."""
        (weights,) = [w for arn, w in self.regions[region].elbv2.rules.items() if arn.endswith("production")]
        group = max(weights, key=lambda arn: weights[arn])
        service = group.removeprefix("tg/")
        return service.rpartition("-")[2], self.regions[region].ecs.image_of(service)

    def snapshot(self) -> dict[str, Any]:
        """Return all that an undone operation must have left as it was."""
        return {
            region: {
                "services": {n: (s.desired, s.task_definition) for n, s in session.ecs.services.items()},
                "rules": {arn: {g: w for g, w in rule.items() if w} for arn, rule in session.elbv2.rules.items()},
                "active": sorted(arn for arn in session.ecs.revisions if arn not in session.ecs.inactive),
            }
            for region, session in self.regions.items()
        }

    def fetch(self, url: str, *, headers: Mapping[str, str], ca_file: str | None, timeout_s: float) -> Answer:
        region = self.environment.primary_region
        kind = "preview" if topology.PREVIEW_HEADER in headers else "production"
        (weights,) = [w for arn, w in self.regions[region].elbv2.rules.items() if arn.endswith(kind)]
        service = max(weights, key=lambda arn: weights[arn]).removeprefix("tg/")
        if not self.regions[region].ecs.services[service].desired:
            return Answer(503, {})
        return Answer(200, {"x-region": region, "x-colour": service.rpartition("-")[2]})

    def _region(self, region: str) -> FakeSession:
        environment = self.environment
        ecs, elbv2 = FakeEcs(self, region), FakeElbv2(self, region)
        names = {colour: topology.ecs_service(environment, "backend", colour) for colour in topology.COLOURS}
        for family in ("backend", "migrate", "smoke"):
            ecs.register(_document(family, self.images["v1"], "blue"), {"made-by": "estate"})
        initial = next(iter(ecs.revisions))
        for name in names.values():
            ecs.services[name] = FakeService(0, initial)
        groups = {colour: f"tg/{name}" for colour, name in names.items()}
        for rule, weighted in (("production", "blue"), ("traffic", "blue"), ("preview", "green")):
            elbv2.rules[f"{region}/{rule}"] = {arn: 100 * (colour == weighted) for colour, arn in groups.items()}
        return FakeSession(
            region,
            ecs,
            elbv2,
            FakeEcr(self, region),
            FakeSsm(self._parameters(region, names, groups)),
            FakeS3(),
            self.table,
        )

    def _parameters(self, region: str, names: Mapping[Any, str], groups: Mapping[Any, str]) -> dict[str, str]:
        env = self.environment
        colours = {c: {"ecs_service": names[c], "target_group_arn": groups[c]} for c in topology.COLOURS}
        backend = {
            "task_family": "backend",
            "container": "backend",
            "port": 8000,
            "desired_count": 2,
            "failover_count": 2,
            **colours,
            "rule_arns": [f"{region}/production", f"{region}/traffic"],
            "preview_rule_arn": f"{region}/preview",
        }
        regional = {
            "region": region,
            "cluster": topology.cluster(env),
            "load_balancer_arn": "lb",
            "load_balancer_name": "lb",
            "listener_arn": "listener",
            "task_subnet_ids": ["subnet"],
            "task_security_group_id": "sg",
            "database_instance": topology.database_instance(env, region),
            "migrate_family": "migrate",
            "smoke_family": "smoke",
            "services": {"backend": backend},
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
        parts = {"foundation": foundation, region: regional, "edge": edge}
        return {name: encode_part(part, 1) for name, part in parts.items()}


class FakeTraffic:
    """Twenty requests a second to the primary, for as long as the clock has moved; what they met is what served then."""

    def __init__(self, cloud: FakeCloud) -> None:
        self.cloud, self._until = cloud, cloud.clock.now() - 10
        self.seen: list[Sample] = []
        self._generate(cloud.clock.now())
        cloud.clock.on_sleep.append(self._generate)

    def samples(self) -> Sequence[Sample]:
        return self.seen

    def _generate(self, now: float) -> None:
        while self._until < now:
            colour, digest = self.cloud.serving(self.cloud.environment.primary_region)
            bad, slow = digest in self.cloud.failing, digest in self.cloud.slow
            self.seen.append(
                Sample(
                    at=self._until,
                    kind="read" if len(self.seen) % 2 else "write",
                    ok=not bad,
                    latency_ms=200.0 if slow else 10.0,
                    status=500 if bad else 200,
                    colour=colour,
                    region=self.cloud.environment.primary_region,
                    version=digest,
                    error="500" if bad else None,
                )
            )
            self._until += 0.05


def _document(family: str, digest: str, colour: str) -> dict[str, Any]:
    environment = [{"name": "COLOUR", "value": colour}, {"name": "PORT", "value": "8000"}]
    definition = {"name": family, "image": f"repo/app@{digest}", "environment": environment, "secrets": []}
    return {"family": family, "containerDefinitions": [definition], "cpu": "256", "memory": "512"}
