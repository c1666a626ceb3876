"""Two regions of AWS in memory, as far as operations ask: what they write is true at once, and seen in `snapshot`."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from aws.autoscaling import Bounds
from aws.errors import Unreachable
from estate import topology
from estate.config import Environment
from estate.files import read_environment
from estate.manifest import encode_part, encode_piece, piece_name
from operations.http import Answer
from operations.prober import new_account
from operations.prober.sample import Sample
from operations.table import MemoryTable
from tests.unit.fakes.services import (
    EXITED,
    FakeAutoscaling,
    FakeEcr,
    FakeEcs,
    FakeElbv2,
    FakeLogs,
    FakeS3,
    FakeService,
    FakeSession,
    FakeSsm,
)
from tests.unit.operations.engine_kit import FakeClock

SERVICES = ("gateway", "video")
PROBE_PATHS = {"gateway": "/api/health", "video": "/api/videos/health"}
WORKER = "worker"
SECRET = "arn:aws:secretsmanager:us-east-1:123456789012:secret:breiq-staging/database-app-AbCdEf"
COUNT, MOST = 2, 9
"""Two services are as good as seven: what is done to each is done at once to all."""


@cache
def local_environment() -> Environment:
    """Return the local environment, read once: it is frozen."""
    return read_environment("local")


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
