"""Two regions' buckets and one working copy, in memory."""

import hashlib
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from aws.errors import ConditionFailed, NotFound, Unreachable
from aws.s3 import Content, Listed
from estate.errors import BreiqError
from estate.files import read_environment
from estate.manifest import description, encode_part
from stackops.states.checkpoint import StackState
from stackops.states.states import States

ENVIRONMENT = read_environment("local")


HOME, OTHER = "us-west-2", "us-east-1"


STACK = "local-us-east-1"


KEY = f".pulumi/stacks/breiq/{STACK}.json"


class Clock:
    """Moments, each later than the one before."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 23, tzinfo=UTC)

    def tick(self) -> datetime:
        self.now += timedelta(seconds=2)
        return self.now


@dataclass
class Region:
    """S3 and Parameter Store of one region in memory; as a session: `s3` and `ssm` are itself."""

    region: str
    clock: Clock
    objects: dict[str, tuple[bytes, datetime, bool]] = field(default_factory=dict)
    parameters: dict[str, str] = field(default_factory=dict)
    lost: bool = False

    @property
    def s3(self) -> Any:
        return self

    @property
    def ssm(self) -> Any:
        return self

    def _asked(self) -> None:
        if self.lost:
            raise Unreachable("aws_unreachable", "transient", "no answer", call="s3:x", region=self.region)

    def list(self, bucket: str, prefix: str) -> dict[str, Listed]:
        self._asked()
        assert bucket == f"breiq-state-local-{self.region}"
        found = self.objects.items()
        return {k: Listed(_etag(body), at) for k, (body, at, _) in found if k.startswith(prefix)}

    def get(self, bucket: str, key: str) -> Content:
        self._asked()
        if key not in self.objects:
            raise NotFound("not_found", "permanent", key, call="s3:GetObject", region=self.region)
        return Content(self.objects[key][0], _etag(self.objects[key][0]))

    def put_over(self, bucket: str, key: str, body: bytes, content_type: str, *, etag: str | None) -> str:
        self._asked()
        now = _etag(self.objects[key][0]) if key in self.objects else None
        if now != etag:
            raise ConditionFailed("condition_failed", "permanent", key, call="s3:PutObject", region=self.region)
        self.objects[key] = (body, self.clock.tick(), False)
        return _etag(body)

    def is_replica(self, bucket: str, key: str) -> bool:
        return self.objects[key][2]

    def by_path(self, path: str) -> dict[str, str]:
        self._asked()
        return dict(self.parameters)


def thing(type_: str, **inputs: Any) -> dict[str, Any]:
    """Return a resource of a state."""
    return {"urn": f"urn:pulumi:{STACK}::breiq::{type_}::one", "type": type_, "custom": True, "inputs": inputs}


def _etag(body: bytes) -> str:
    return hashlib.md5(body, usedforsecurity=False).hexdigest()


class World:
    """Two regions, and machines that each have a folder of working copies."""

    def __init__(self, tmp: Path) -> None:
        self.tmp, self.clock = tmp, Clock()
        self.regions = {name: Region(name, self.clock) for name in (HOME, OTHER)}

    def machine(self, name: str = "mine", region: str | None = None) -> States:
        return States(ENVIRONMENT, self.tmp / name, self.regions.__getitem__, region, command="breiqctl estate up")  # type: ignore[arg-type]

    def work(self, states: States, generation: int = 1, text: str = "x") -> None:
        """Change the working copy as an apply does, and the manifest."""
        state = self.state(generation, text)
        path = states.copy(STACK).path
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(state.export())

    def state(self, generation: int, text: str) -> StackState:
        told = description("breiq-local", "us-east-1", generation)
        resources = [
            thing("aws:ssm/parameter:Parameter", description=told),
            thing("aws:x/y:Z", text=text, description={"secret": "no text"}),
        ]
        manifest = {"time": self.clock.tick().isoformat().replace("+00:00", "Z")}
        return StackState(STACK, 3, msgspec.json.encode({"manifest": manifest, "resources": resources}))

    def apply(self, states: States, generation: int = 1, text: str = "x") -> None:
        """Do a whole apply: level, work, the manifest, keep."""
        states.level()
        self.work(states, generation, text)
        self.manifest(generation)
        states.keep([STACK])

    def manifest(self, generation: int) -> None:
        self.regions[OTHER].parameters[OTHER] = encode_part({"region": OTHER}, generation)

    def replicate(self) -> None:
        body, at, _ = self.regions[HOME].objects[KEY]
        self.regions[OTHER].objects[KEY] = (body, at, True)

    def texts(self, region: str) -> str:
        return self.regions[region].objects[KEY][0].decode()


def refused(code: str, states: States) -> BreiqError:
    with pytest.raises(BreiqError) as refusal:
        states.level()
    assert (refusal.value.code, refusal.value.category) == (code, "refused")
    return refusal.value
