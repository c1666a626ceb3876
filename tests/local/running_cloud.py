"""A local cloud for tests: started as breiqctl starts it, gone with the test process whatever happens to that."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

from localcloud.core.wire import ask

REGIONS = ("us-east-1", "us-west-2")
WITNESS = "us-east-2"


class RunningCloud:
    """A serving instance. Until `ready` is told, the end of this process ends it (the lease)."""

    def __init__(self, *settings: str, folder: Path | None = None) -> None:
        self.folder = folder or Path(tempfile.mkdtemp(prefix="lc-", dir="/var/tmp"))
        self.folder.chmod(0o755)
        self.registry = self.folder / "registry"
        reader, self.lease = os.pipe()
        regions = [part for region in REGIONS for part in ("--region", region)]
        argv = ["serve", "--dir", str(self.folder), "--registry", str(self.registry), *regions, "--witness", WITNESS]
        argv += [part for setting in settings for part in ("--setting", setting)]
        started = time.monotonic()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "localcloud", *argv, "--lease-fd", str(reader)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            pass_fds=(reader,),
        )
        os.close(reader)
        assert self.process.stdout is not None
        self.said: dict[str, Any] = json.loads(self.process.stdout.readline() or b"{}")
        self.start_s = time.monotonic() - started

    @property
    def socket(self) -> Path:
        return self.folder / "supervisor.sock"

    def ask(self, op: str, **request: Any) -> dict[str, Any]:
        """Ask the supervisor; raises RefusedError when it refuses."""
        return ask(self.socket, {"op": op, **request})

    @property
    def endpoints(self) -> dict[str, Any]:
        endpoints: dict[str, Any] = self.ask("endpoints")["endpoints"]
        return endpoints

    def client(self, service: str, region: str = REGIONS[0]) -> Any:
        """Return a boto3 client that speaks to the instance's plain endpoint, without retries."""
        endpoints = self.endpoints
        return boto3.client(
            service,  # type: ignore[call-overload]
            region_name=region,
            endpoint_url=endpoints["aws"],
            aws_access_key_id=endpoints["access_key_id"],
            aws_secret_access_key=endpoints["secret_access_key"],
            config=Config(retries={"max_attempts": 1}, connect_timeout=5, read_timeout=30),
        )

    def processes(self) -> dict[str, dict[str, Any]]:
        """Return what runs, by its full name."""
        status = self.ask("status")
        scopes = [*status["regions"].values(), status["global"]]
        return {process["name"]: process for scope in scopes for process in scope["processes"]}

    def down(self) -> None:
        """End the instance and remove its folder."""
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        os.close(self.lease)
        if self.process.stdout:
            self.process.stdout.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def left_over(self) -> list[str]:
        """Return the command lines of processes that belong to this instance still, as the machine sees them."""
        found = []
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit() and int(entry.name) != os.getpid():
                try:
                    text = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
                    working = str((entry / "cwd").readlink())
                except OSError:
                    continue
                if str(self.folder) in text or working.startswith(str(self.folder)):
                    found.append(text)
        return found


def eventually(read: Callable[[], Any], accept: Callable[[Any], object] = bool, deadline_s: float = 15) -> Any:
    """Return what `read` gives as soon as it is accepted; fail at the deadline. What it raises counts as not yet."""
    end = time.monotonic() + deadline_s
    seen: Any = None
    while time.monotonic() < end:
        try:
            seen = read()
            if accept(seen):
                return seen
        except Exception as error:  # noqa: BLE001 - whatever it is, it may pass
            seen = error
        time.sleep(0.05)
    raise AssertionError(f"not within {deadline_s} s; last seen: {seen!r}")
