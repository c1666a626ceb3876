"""A running task of the app, as its client sees it, and what tests wait with."""

import json
import secrets
import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx


def wait_for(condition: Callable[[], Any], what: str, deadline_s: float = 15.0) -> Any:
    """Return the first true value of `condition`; an error counts as not yet."""
    ends, last = time.monotonic() + deadline_s, "never true"
    while time.monotonic() < ends:
        try:
            if value := condition():
                return value
            last = "not true"
        except Exception as error:  # noqa: BLE001  # whatever it is, it may pass
            last = repr(error)
        time.sleep(0.1)
    raise AssertionError(f"not within {deadline_s} s: {what} ({last})")


@dataclass
class Task:
    """One running task of the app."""

    process: subprocess.Popen[bytes]
    base_url: str
    log_file: Path
    client: httpx.Client = field(init=False)

    def __post_init__(self) -> None:
        self.client = httpx.Client(base_url=self.base_url, timeout=20)

    def logs(self) -> list[dict[str, Any]]:
        lines = self.log_file.read_text().splitlines()
        return [json.loads(line) for line in lines if line.startswith("{")]

    def writer(self) -> dict[str, Any]:
        document: dict[str, Any] = self.client.get("/api/health").json()["writer"]
        return document

    def sign_up(self) -> dict[str, str]:
        """Make a user and return its Authorization header."""
        name = "u" + secrets.token_hex(6)
        answer = self.client.post(
            "/api/auth/signup", json={"username": name, "email": f"{name}@example.test", "password": "correct horse"}
        )
        assert answer.status_code == 201, answer.text
        return {"authorization": f"Bearer {answer.json()['access_token']}"}

    def pss_mib(self) -> float:
        lines = Path(f"/proc/{self.process.pid}/smaps_rollup").read_text().splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024

    def stop(self) -> int:
        self.process.send_signal(signal.SIGCONT)
        self.process.terminate()
        return self.process.wait(40)
