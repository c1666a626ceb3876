"""What a status is read from: a whole environment in memory, each part of which may fail."""

import time
from dataclasses import dataclass
from typing import Any

from aws import errors
from aws.caller import Identity
from aws.errors import AwsError
from aws.rds import DatabaseInstance
from aws.reachability import Site
from breiqctl.context import Context
from tests.unit.fakes.cloud import FakeCloud
from tests.unit.operations.engine_kit import FakeClock

EAST, WEST, WITNESS = "us-east-1", "us-west-2", "us-east-2"


def failure(kind: type[AwsError], code: str = "x") -> AwsError:
    said = f"{kind.__name__} was said"
    return kind(code, "transient", said, call="c", region="r", cause="why", remedy="do this")


class Table:
    """The operations table as one region tells it."""

    def __init__(self, context: "Fake", region: str) -> None:
        self._context, self._region = context, region

    def __getattr__(self, name: str) -> Any:
        self._context.fail("dynamodb", self._region)
        return getattr(self._context.cloud.table, name)


class Rds:
    def __init__(self, context: "Fake", region: str) -> None:
        self._context, self._region = context, region

    def instance(self, identifier: str) -> DatabaseInstance:
        self._context.fail("rds", self._region)
        source = None if self._region == EAST else "arn"
        return DatabaseInstance(identifier, "available", source, None, "db-1", ())


class Sts:
    def __init__(self, context: "Fake", region: str) -> None:
        self._context, self._region = context, region

    def identity(self) -> Identity:
        self._context.fail("sts", self._region)
        return Identity("1", "arn")


@dataclass
class Session:
    _context: "Fake"
    region: str
    guard: Any = None

    def __post_init__(self) -> None:
        self.rds, self.sts = Rds(self._context, self.region), Sts(self._context, self.region)

    def table(self, _name: str) -> Table:
        return Table(self._context, self.region)

    def __getattr__(self, name: str) -> Any:
        self._context.fail(name, self.region)
        return getattr(self._context.cloud.clients(self.region), name)


class Fake(Context):
    """A call of breiqctl on a cloud in memory. `failing` says what goes wrong: (service, region) → type of error."""

    def __init__(self) -> None:
        super().__init__("local")
        self.cloud = FakeCloud(self.environment, FakeClock())
        self.cloud.release_by_hand("v1")
        now = time.time()
        for key, region in (("primary", EAST), (f"replica#{WEST}", WEST)):
            self.cloud.table.update("beat", key, {"epoch": 1, "region": region, "beat_at": now, "noted_at": now})
        self.cloud.beat(now)
        self.failing: dict[tuple[str, str], type[AwsError]] = {}

    def lose(self, region: str, kind: type[AwsError] = errors.Unreachable) -> None:
        self.failing |= {
            (one, region): kind
            for one in ("dynamodb", "ssm", "ecs", "elbv2", "rds", "sts", "cloudwatch", "logs", "ecr", "autoscaling")
        }

    def fail(self, service: str, region: str) -> None:
        if (service, region) in self.failing:
            raise failure(self.failing[service, region])

    def check_account(self) -> None:
        return None

    @property
    def site_url(self) -> str:
        return "https://breiq.example"

    def session(self, region: str) -> Any:
        return Session(self, region)

    unchecked_session = session


SERVED = Site(EAST, writes=True, version="v1")
