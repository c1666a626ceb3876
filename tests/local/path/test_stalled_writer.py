"""A writer of the old primary that was stopped before COMMIT, the link cut, a failover, and both continued: no 2xx.

Then what the old region must do by itself: its load balancer answers 503 to writes, its database refuses the app's role.
"""

import http.client
import json
import os
import signal
import ssl
import subprocess
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.local.path.conftest import Cloud

pytestmark = [pytest.mark.local, pytest.mark.timeout(240)]

EAST, WEST = "us-east-1", "us-west-2"


class OldRegion:
    """The region that is primary when the test begins, as one reaches it without the edge."""

    def __init__(self, cloud: Cloud) -> None:
        status = cloud.run("local", "status")
        self.processes: list[dict[str, Any]] = status["regions"][EAST]["processes"]
        self._secrets = cloud.client("secretsmanager", WEST)
        self.balancer = self._address("alb-")
        self.database = self._address("postgres-")

    def _address(self, prefix: str) -> str:
        return next(str(one["address"]) for one in self.processes if one["name"].startswith(prefix))

    def secret(self, name: str) -> str:
        return str(self._secrets.get_secret_value(SecretId=f"breiq-local/{name}")["SecretString"])

    def post(self, path: str, body: dict[str, Any], token: str | None = None) -> tuple[int, dict[str, Any]]:
        """Return status and body; status 0 when the connection ended without an answer."""
        headers = {"Content-Type": "application/json", "Idempotency-Key": str(uuid.uuid4())}
        headers |= {"x-origin-secret": self.secret("origin-secret"), "Host": f"{EAST}.origin.local.breiq.test"}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        context = ssl._create_unverified_context()
        connection = http.client.HTTPSConnection(self.balancer, 443, timeout=90, context=context)
        try:
            connection.request("POST", path, json.dumps(body), headers)
            response = connection.getresponse()
            text = response.read()
            return response.status, json.loads(text) if text.startswith(b"{") else {}
        except (OSError, http.client.HTTPException):
            return 0, {}
        finally:
            connection.close()

    def psql(self, role: str, secret: str) -> subprocess.Popen[str]:
        target = f"host={self.database} dbname=breiq user={role} sslmode=require connect_timeout=5"
        return subprocess.Popen(
            ["psql", "-X", "-q", "-A", "-t", "-v", "VERBOSITY=verbose", target],
            env={**os.environ, "PGPASSWORD": self.secret(secret)},
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )  # fmt: skip

    def ask(self, role: str, secret: str, sql: str) -> str:
        return self.psql(role, secret).communicate(sql + "\n", timeout=30)[0].strip()

    def waiting_backend(self) -> int:
        """Return the machine's number of the database process that waits for the lock."""
        sql = "select count(*) from pg_stat_activity where usename = 'breiq_app' and wait_event_type = 'Lock'"
        deadline = time.monotonic() + 1.9
        while time.monotonic() < deadline:
            if self.ask("breiq_owner", "database-owner", sql) != "0":
                break
        else:
            pytest.fail("the write never waited for the lock")
        children = [path.name for path in _children(self._pid("postgres-")) if b" waiting" in _title(path)]
        assert len(children) == 1
        return int(children[0])

    def _pid(self, prefix: str) -> int:
        return next(int(one["pid"]) for one in self.processes if one["name"].startswith(prefix))

    def tasks(self) -> list[int]:
        """Return the machine's numbers of all processes of the region's tasks."""
        roots = [int(one["pid"]) for one in self.processes if one.get("kind") == "task" and one["state"] == "running"]
        return [*roots, *(int(child.name) for root in roots for child in _children(root))]


def _children(pid: int) -> list[Any]:
    from pathlib import Path

    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            except OSError:
                continue
            if parent == pid:
                found += [entry, *_children(int(entry.name))]
    return found


def _title(path: Any) -> bytes:
    try:
        return bytes((path / "cmdline").read_bytes())
    except OSError:
        return b""


@pytest.mark.parametrize("stopped", ["task", "database process"])
def test_a_write_that_was_stopped_before_commit_is_never_acknowledged(restored_cloud: Cloud, stopped: str) -> None:
    old = OldRegion(restored_cloud)
    name = f"u{uuid.uuid4().hex[:10]}"
    status, user = old.post("/api/auth/signup", {"username": name, "email": f"{name}@x.test", "password": name * 2})
    assert status == 201
    token = user["access_token"]
    assert old.post("/api/videos", {"title": "prepared"}, token)[0] == 201

    lock = old.psql("breiq_owner", "database-owner")
    assert lock.stdin is not None
    lock.stdin.write("begin; lock table videos in exclusive mode;\n")
    lock.stdin.flush()
    time.sleep(0.5)
    with ThreadPoolExecutor(1) as threads:
        answer = threads.submit(old.post, "/api/videos", {"title": "stalled"}, token)
        backend = old.waiting_backend()
        victims = old.tasks() if stopped == "task" else [backend]
        for pid in victims:
            os.kill(pid, signal.SIGSTOP)
        restored_cloud.run("local", "fault", "start", "link-cut", "--for", "120")
        lock.communicate("rollback;\n", timeout=10)
        failover = restored_cloud.run("failover", "--to", WEST, "--accept-data-loss", "60", "--yes", timeout_s=90)
        assert failover["verdict"] == "done"
        for pid in victims:
            try:
                os.kill(pid, signal.SIGCONT)
            except ProcessLookupError:
                continue  # ended meanwhile, by ECS or by the job that ends old transactions
        status, body = answer.result(90)
    assert not 200 <= status < 300, body

    restored_cloud.run("local", "fault", "stop")
    deadline = time.monotonic() + 60
    while (status := old.post("/api/videos", {"title": "late"}, token)[0]) != 503 and time.monotonic() < deadline:
        assert not 200 <= status < 300
        time.sleep(0.5)
    assert status == 503
    refusal = old.ask("breiq_app", "database-app", "insert into outbox (topic, payload) values ('x', '{}');")
    assert "25006" in refusal
