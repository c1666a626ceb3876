"""A thing that a controller cannot realise holds no other up, and is reported where AWS would."""

import asyncio
import logging
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from localcloud.core.errors import RefusedError
from localcloud.services.ecs.controller import Controller as EcsController
from localcloud.services.elasticache.controller import ElastiCacheController
from localcloud.services.elbv2.controller import Controller as Elbv2Controller

REGION = "us-east-1"


class FakeContext:
    """Views are answered by `answers`, and noted; programs run that are in `running`, and start unless `cannot_start`."""

    def __init__(self, folder: Path, answers: dict[tuple[str, str], Callable[[dict[str, Any]], Any]]) -> None:
        self.dir, self.region, self.log = folder, REGION, logging.getLogger("test")
        self.settings = {"elasticache_create_s": 0.0}
        self.ca_file = folder / "ca.pem"
        self.running: set[str] = set()
        self.cannot_start: set[str] = set()
        self.told: list[tuple[str, dict[str, Any]]] = []
        self.published: dict[str, str] = {}
        self._answers = answers

    async def view(self, service: str, view: str, /, **document: Any) -> Any:
        self.told.append((view, document))
        return self._answers.get((service, view), lambda _: {})(document)

    async def runs(self, name: str) -> bool:
        return name in self.running

    async def spawn(self, name: str, argv: list[str], **_: Any) -> int:
        if name in self.cannot_start:
            raise RefusedError("cannot_start", f"{name} cannot start")
        self.running.add(name)
        return 1

    async def stop(self, name: str, **_: Any) -> int:
        self.running.discard(name)
        return 0

    async def publish(self, names: dict[str, str]) -> None:
        self.published.update(names)

    def address(self, key: str) -> str:
        return f"127.1.0.{len(key)}"

    def certificate(self, _names: list[str]) -> tuple[Path, Path]:
        return self.dir / "chain", self.dir / "key"

    def of(self, view: str) -> list[dict[str, Any]]:
        return [document for name, document in self.told if name == view]


def cache(name: str, status: str) -> dict[str, Any]:
    return {
        "group": name, "status": status, "port": 6379, "tls": True, "token": None, "nodes": [f"{name}-001"],
        "domain": f"{name}.cache.amazonaws.com", "parameters": {},
    }  # fmt: skip


def test_a_cache_whose_node_cannot_start_holds_no_other_up(tmp_path: Path) -> None:
    groups = [cache("broken", "creating"), cache("ending", "deleting"), cache("good", "available")]
    context = FakeContext(tmp_path, {("elasticache", "groups"): lambda _: {"groups": groups}})
    context.cannot_start, context.running = {"redis-broken-001"}, {"redis-ending-001", "redis-good-001"}
    controller = ElastiCacheController(context)  # type: ignore[arg-type]
    with pytest.raises(RefusedError, match="redis-broken-001 cannot start"):
        asyncio.run(controller.reconcile())
    assert context.of("report") == [{"region": REGION, "group": "ending", "gone": True}]
    assert context.running == {"redis-good-001"}


def service(name: str) -> dict[str, Any]:
    deployment = {"id": "d", "primary": True, "task_definition": "t", "completed": False}
    return {
        "arn": name, "name": name, "active": True, "desired_count": 1, "minimum_healthy_percent": 100,
        "maximum_percent": 200, "grace_period_s": 0.0, "deployments": [deployment], "load_balancers": [],
        "steady": False,
    }  # fmt: skip


def test_a_service_whose_plan_is_refused_holds_no_other_up(tmp_path: Path) -> None:
    def apply(document: dict[str, Any]) -> dict[str, Any]:
        if document["service"] == "broken":
            raise RefusedError("api_error", "its task definition is gone")
        return {}

    state = {"services": [service("broken"), service("good")], "tasks": []}
    context = FakeContext(tmp_path, {("ecs", "state"): lambda _: state, ("ecs", "apply"): apply})
    with pytest.raises(RefusedError, match="its task definition is gone"):
        asyncio.run(EcsController(context).reconcile())  # type: ignore[arg-type]
    assert [document["service"] for document in context.of("apply")] == ["broken", "good"]


class FakeBalancer:
    """Takes what is recorded, or says (or raises) what is against it."""

    def __init__(self, complaint: str | Exception | None) -> None:
        self.complaint = complaint
        self.ensured = 0

    async def ensure(self, *_: Any) -> str | None:
        self.ensured += 1
        if isinstance(self.complaint, Exception):
            raise self.complaint
        return self.complaint


def balancer(name: str) -> dict[str, Any]:
    rule = {
        "id": "r", "priority": 1, "conditions": [], "action": {"kind": "fixed-response", "status": 200},
    }  # fmt: skip
    listener = {"port": 80, "protocol": "HTTP", "names": [], "rules": [rule]}
    return {
        "arn": f"arn:{name}", "name": name, "dns_name": f"{name}.elb", "idle_timeout_s": 60, "listeners": [listener],
    }  # fmt: skip


@pytest.mark.parametrize("complaint", ["HAProxy refuses its configuration", OSError("HAProxy refuses it")])
def test_a_load_balancer_that_cannot_be_made_is_impaired_and_holds_no_other_up(
    tmp_path: Path, complaint: str | Exception
) -> None:
    state = {"load_balancers": [balancer("broken"), balancer("good")], "target_groups": []}
    context = FakeContext(tmp_path, {("elbv2", "state"): lambda _: state})
    controller = Elbv2Controller(context)  # type: ignore[arg-type]
    broken, good = FakeBalancer(complaint), FakeBalancer(None)
    controller._balancers = {"broken": broken, "good": good}  # type: ignore[dict-item]
    for _ in range(2):
        asyncio.run(controller.reconcile())
    impaired = {"region": REGION, "arn": "arn:broken", "reason": str(complaint)}
    assert context.of("impaired") == [impaired]
    assert (broken.ensured, good.ensured) == (2, 2)
    assert set(context.published) == {"broken.elb", "good.elb"}
    broken.complaint = None
    asyncio.run(controller.reconcile())
    assert context.of("impaired") == [impaired, {**impaired, "reason": None}]


def test_a_task_whose_definition_or_log_is_gone_hides_no_other_s_lines(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from localcloud.api import record
    from localcloud.services.ecs import log_streams
    from localcloud.services.ecs import record as ecs

    class Group:
        def __init__(self) -> None:
            self.streams: dict[str, list[str]] = {}

        def create_log_stream(self, name: str) -> None:
            self.streams[name] = []

        def put_log_events(self, name: str, events: list[dict[str, Any]]) -> None:
            self.streams[name] += [event["message"] for event in events]

    options = {"awslogs-group": "app", "awslogs-stream-prefix": "web"}
    container = {"name": "app", "logConfiguration": {"options": options}}

    class Definitions:
        def describe_task_definition(self, arn: str) -> Any:
            if arn == "deleted":
                raise LookupError(arn)
            return SimpleNamespace(container_definitions=[container])

    tasks = {
        f"arn:aws:ecs:{REGION}:1:task/c/{identity * 32}": SimpleNamespace(document={"taskDefinitionArn": definition})
        for identity, definition in (("a", "deleted"), ("b", "there"), ("c", "there"), ("d", "there"))
    }
    for identity in "abd":
        (tmp_path / f"task-{identity * 12}.{REGION}.log").write_text(f"from {identity}\nunfinished")
    (tmp_path / f"task-{'c' * 12}.{REGION}.log").mkdir()  # cannot be read as a file
    group = Group()
    monkeypatch.setattr(log_streams, "moto_backend", lambda *_: SimpleNamespace(groups={"app": group}))
    monkeypatch.setattr(ecs, "backend", lambda _: Definitions())
    monkeypatch.setattr(ecs, "tasks", lambda _: tasks)
    monkeypatch.setattr(record, "_bound", [SimpleNamespace(logs=tmp_path)])
    for _ in range(2):
        log_streams.refresh(REGION, "app")
    lines = {name: found for name, found in group.streams.items() if found}
    assert lines == {f"web/app/{'b' * 32}": ["from b"], f"web/app/{'d' * 32}": ["from d"]}
