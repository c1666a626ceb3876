"""Real servers for the app's tests: PostgreSQL 15 (primary and replica), Redis with TLS, moto, and tasks of the app."""

import contextlib
import functools
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import httpx
import trustme
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.local.app.task import Task, wait_for

ROOT = Path(__file__).parents[3]
POSTGRES = Path("/usr/lib/postgresql/15/bin")
ALL_SERVICES = "gateway,auth,video,social,user,notification,search"
EAST, WEST = "us-east-1", "us-west-2"
TABLE, DATABASE = "breiq-test-operations", "breiq"
PASSWORDS = {"breiq_owner": "owner-pw", "breiq_app": "app-pw", "breiq_fence": "fence-pw", "cache": "cache-pw"}


def free_network() -> str:
    """Return a prefix 127.a.b. on which nothing listens on our ports."""
    for _ in range(50):
        prefix = f"127.{random.randint(100, 250)}.{random.randint(100, 250)}."
        with contextlib.suppress(OSError), contextlib.ExitStack() as stack:
            for host, port in (("5", 5432), ("6", 5432), ("7", 6379), ("8", 5000), ("21", 8000)):
                probe = stack.enter_context(socket.socket())
                probe.bind((prefix + host, port))
            return prefix
    raise AssertionError("no free loopback addresses")


def _end_with_parent() -> None:
    import ctypes

    ctypes.CDLL(None).prctl(1, signal.SIGKILL)


class Stack:
    """All servers of one test session, on one loopback network."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.network = folder, free_network()
        self.processes: list[subprocess.Popen[bytes]] = []
        self.postgres: dict[str, subprocess.Popen[bytes]] = {}
        self._tasks, self._epoch = 0, 0
        self.code = ROOT
        self.running: list[Task] = []
        folder.chmod(0o755)
        authority = trustme.CA()
        self.ca_file = folder / "ca.pem"
        authority.cert_pem.write_to_path(str(self.ca_file))
        certificate = authority.issue_cert(*(f"{self.network}{host}" for host in (5, 6, 7)))
        self.certificate, self.key = folder / "cert.pem", folder / "key.pem"
        certificate.private_key_pem.write_to_path(str(self.key))
        certificate.cert_chain_pems[0].write_to_path(str(self.certificate))
        self.token_key = (
            rsa.generate_private_key(public_exponent=65537, key_size=2048)
            .private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
            .decode()
        )
        self.primary_host, self.replica_host = self.network + "5", self.network + "6"
        self.redis_host, self.aws_url = self.network + "7", f"http://{self.network}8:5000"

    # servers

    def up(self) -> None:
        aws = self.aws = self.spawn(
            "moto", [sys.executable, "-m", "moto.server", "-H", self.network + "8", "-p", "5000"]
        )
        self.start_redis()
        self._make_primary()
        self._make_replica()
        assert aws.poll() is None
        wait_for(lambda: httpx.get(self.aws_url).status_code, "moto answers")
        for region in (EAST, WEST):
            self.boto("dynamodb", region).create_table(
                TableName=TABLE,
                BillingMode="PAY_PER_REQUEST",
                AttributeDefinitions=[{"AttributeName": n, "AttributeType": "S"} for n in ("pk", "sk")],
                KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
            )
            self.boto("s3", region).create_bucket(
                Bucket=f"videos-{region}",
                **({} if region == EAST else {"CreateBucketConfiguration": {"LocationConstraint": region}}),
            )

    def start_redis(self) -> subprocess.Popen[bytes]:
        lines = (
            f"bind {self.redis_host}", "port 0", "tls-port 6379", f"tls-cert-file {self.certificate}",
            f"tls-key-file {self.key}", f"tls-ca-cert-file {self.ca_file}", "tls-auth-clients no",
            f"requirepass {PASSWORDS['cache']}", 'save ""', "appendonly no",
        )  # fmt: skip
        file = self.folder / "redis.conf"
        file.write_text("\n".join(lines))
        return self.spawn("redis", ["redis-server", str(file)])

    def _make_primary(self) -> None:
        data = self.folder / "primary"
        self._as_postgres(
            [
                POSTGRES / "initdb",
                "-D",
                data,
                "-U",
                "postgres",
                "--auth=trust",
                "--no-sync",
                "-k",
                "-E",
                "UTF8",
                "--locale=C",
            ]
        )
        for file in (self.certificate, self.key):
            shutil.copy(file, data / file.name)
            shutil.chown(data / file.name, "postgres", "postgres")
            (data / file.name).chmod(0o600)
        with (data / "postgresql.conf").open("a") as settings:
            settings.write(
                "unix_socket_directories=''\nmax_connections=60\nshared_buffers=32MB\nfsync=off\nssl=on\n"
                "ssl_cert_file='cert.pem'\nssl_key_file='key.pem'\nwal_keep_size=128MB\nwal_retrieve_retry_interval=200ms\n"
                "hot_standby=on\njit=off\n"
            )
        (data / "pg_hba.conf").write_text(
            "hostssl all postgres 127.0.0.0/8 trust\nhostssl all all 127.0.0.0/8 scram-sha-256\n"
            "host replication all 127.0.0.0/8 trust\n"
        )
        self.start_postgres("primary")
        self.sql("create role breiq_owner login createrole createdb password 'owner-pw'", database="postgres")
        self.sql(f"create database {DATABASE} owner breiq_owner", database="postgres")

    def _make_replica(self) -> None:
        self._as_postgres(
            [POSTGRES / "pg_basebackup", "-h", self.primary_host, "-U", "postgres", "-D", self.folder / "replica",
             "-c", "fast", "-X", "stream", "-R", "--no-sync", "--no-manifest"]
        )  # fmt: skip
        self.start_postgres("replica")

    def start_postgres(self, name: str) -> None:
        host = self.primary_host if name == "primary" else self.replica_host
        argv = [POSTGRES / "postgres", "-D", self.folder / name, "-h", host]
        self.postgres[name] = self.spawn(name, self._setpriv() + [str(part) for part in argv])
        wait_for(lambda: self.sql("select 1", database="postgres", host=host), f"{name} answers")

    def rebuild_replica(self) -> None:
        """Make the replica anew from the primary, whatever it was."""
        self.postgres["replica"].kill()
        self.postgres["replica"].wait(10)
        shutil.rmtree(self.folder / "replica")
        self._make_replica()

    def restart_postgres(self, name: str) -> None:
        """Stop a server in order and start it again."""
        self.postgres[name].send_signal(signal.SIGINT)
        self.postgres[name].wait(20)
        self.start_postgres(name)

    def promote(self) -> None:
        """Promote the replica. Replay cancels a statement that is in its way, this one too: then it is asked again."""
        ask = "select case when pg_is_in_recovery() then pg_promote(true, 10) else true end"
        wait_for(lambda: self.sql(ask, host=self.replica_host) == [["t"]], "the replica is promoted", 30)

    def spawn(self, name: str, argv: list[str], env: dict[str, str] | None = None) -> subprocess.Popen[bytes]:
        with (self.folder / f"{name}.log").open("ab") as log:
            process = subprocess.Popen(
                argv,
                cwd="/" if name != "task" else ROOT,
                env=env,
                stdout=log,
                stderr=log,
                preexec_fn=_end_with_parent,  # noqa: PLW1509
            )
        self.processes.append(process)
        return process

    def down(self) -> None:
        for process in reversed(self.processes):
            process.send_signal(signal.SIGCONT)
            process.kill()
            process.wait(10)

    def _setpriv(self) -> list[str]:
        if os.geteuid() != 0:
            return []
        return ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups", "--pdeathsig", "KILL"]

    def _as_postgres(self, argv: list[Any]) -> None:
        if os.geteuid() == 0:
            shutil.chown(self.folder, "postgres")
        argv = self._setpriv() + [str(part) for part in argv]
        done = subprocess.run(argv, cwd="/", capture_output=True, check=False)
        assert done.returncode == 0, done.stderr.decode()

    # speaking to them

    def sql(
        self, text: str, *, database: str = DATABASE, host: str | None = None, user: str = "postgres"
    ) -> list[list[str]]:
        """Run SQL by psql and return its rows as text; raises AssertionError with the server's words."""
        done = subprocess.run(
            ["psql", f"host={host or self.primary_host} user={user} dbname={database} sslmode=require", "-AtqXc", text,
             "-v", "VERBOSITY=verbose", "-v", "ON_ERROR_STOP=1"],
            capture_output=True, check=False, timeout=20, env={**os.environ, "PGPASSWORD": PASSWORDS.get(user, "")},
        )  # fmt: skip
        assert done.returncode == 0, done.stderr.decode()
        return [line.split("|") for line in done.stdout.decode().splitlines()] or [["ok"]]

    def redis(self, *command: str) -> list[str]:
        done = subprocess.run(
            ["redis-cli", "--tls", "--cacert", str(self.ca_file), "-h", self.redis_host, "--no-auth-warning",
             "-a", PASSWORDS["cache"], *command],
            capture_output=True, check=True, text=True, timeout=10,
        )  # fmt: skip
        return done.stdout.split()

    def boto(self, service: str, region: str) -> Any:
        return _boto(service, region, self.aws_url)

    def lease(self, holder: str, epoch: int, *, state: str = "open", traffic: str | None = None) -> None:
        """Put the lease item into both regions' tables, unconditionally (moto's global tables do not replicate)."""
        item = {
            "pk": {"S": "writer"}, "sk": {"S": "lease"}, "holder": {"S": holder}, "epoch": {"N": str(epoch)},
            "state": {"S": state}, "traffic_region": {"S": traffic or holder}, "operation": {"S": "op-test"},
        }  # fmt: skip
        for region in (EAST, WEST):
            self.boto("dynamodb", region).put_item(TableName=TABLE, Item=item)

    def beat(self, sk: str, region: str = EAST) -> dict[str, float] | None:
        key = {"pk": {"S": "beat"}, "sk": {"S": sk}}
        item = self.boto("dynamodb", region).get_item(TableName=TABLE, Key=key).get("Item")
        return None if item is None else {n: float(item[n]["N"]) for n in ("epoch", "beat_at", "noted_at")}

    def base_environment(self) -> dict[str, str]:
        return {
            "PATH": os.environ["PATH"],
            "PYTHONUNBUFFERED": "1",
            "AWS_ACCESS_KEY_ID": "local",
            "AWS_SECRET_ACCESS_KEY": "local",
            "AWS_ENDPOINT_URL": self.aws_url,
            "DB_NAME": DATABASE,
            "DB_CA_FILE": str(self.ca_file),
            "DB_PASSWORD": PASSWORDS["breiq_app"],
            "DB_FENCE_PASSWORD": PASSWORDS["breiq_fence"],
        }

    def migrate(self, **changes: str) -> subprocess.CompletedProcess[str]:
        env = self.base_environment() | {"DB_HOST": self.primary_host, "DB_OWNER_PASSWORD": "owner-pw"} | changes
        return subprocess.run(
            [sys.executable, "-m", "app", "migrate"],
            cwd=self.code,
            env=env,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def next_epoch(self) -> int:
        """Return an epoch that no test has used, with room for a test's own changes."""
        self._epoch += 10
        return self._epoch

    def end_tasks(self) -> None:
        """Kill all tasks, stopped ones too, and wait for their ends."""
        while self.running:
            task = self.running.pop()
            task.client.close()
            task.process.kill()
            task.process.wait(10)

    def task(self, region: str = EAST, *, command: str = "serve", wait: bool = True, **changes: str | None) -> Task:
        """Start a task of the app in `region` (its database: the primary in the east, the replica in the west).

        A change to None takes the variable away. A server is waited for.
        """
        self._tasks += 1
        host = f"{self.network}{20 + self._tasks % 200}"
        env = self.base_environment() | {
            "APP_ENVIRONMENT": "test",
            "SERVICE": ALL_SERVICES,
            "COLOUR": "blue",
            "APP_VERSION": "v1",
            "BIND_ADDRESS": host,
            "AWS_REGION": region,
            "OTHER_REGION": WEST if region == EAST else EAST,
            "OPERATIONS_TABLE": TABLE,
            "DB_HOST": self.primary_host if region == EAST else self.replica_host,
            "REDIS_HOST": self.redis_host,
            "REDIS_CA_FILE": str(self.ca_file),
            "CACHE_TOKEN": PASSWORDS["cache"],
            "TOKEN_KEY": self.token_key,
            "VIDEO_BUCKET": f"videos-{region}",
            "DB_POOL_MAX": "5",
        }
        name = f"task{self._tasks}"
        with (self.folder / f"{name}.log").open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "app", command],
                cwd=self.code, env={name: value for name, value in (env | changes).items() if value is not None}, stdout=log, stderr=log, preexec_fn=_end_with_parent,  # noqa: PLW1509
            )  # fmt: skip
        self.processes.append(process)
        task = Task(process, f"http://{host}:8000", self.folder / f"{name}.log")
        self.running.append(task)
        if wait and command == "serve":
            wait_for(lambda: task.client.get("/livez").status_code == 200, f"{name} lives: {task.log_file.read_text()}")
        return task


@functools.cache
def _boto(service: str, region: str, url: str) -> Any:
    return boto3.client(
        service, region_name=region, endpoint_url=url, aws_access_key_id="local", aws_secret_access_key="local"
    )


@contextlib.contextmanager
def running_stack() -> Iterator[Stack]:
    """Give a stack that is up; afterwards nothing of it runs."""
    with tempfile.TemporaryDirectory(prefix="breiq-app-", dir="/var/tmp", ignore_cleanup_errors=True) as folder:
        stack = Stack(Path(folder))
        try:
            stack.up()
            yield stack
        finally:
            stack.down()
