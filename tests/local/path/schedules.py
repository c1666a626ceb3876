"""Random schedules of real breiqctl processes on a local cloud, with an independent ledger of acknowledged writes.

Each schedule resets the cloud, lets users write, and begins a release or a failover; processes are stopped, continued and
killed, others abort, resume, unlock, take the lock and repair, the link is cut, replay lags. In the end the weather
clears, and some command must lead on. Then the ledger: after the first write that a new region acknowledged the old one
acknowledges none; what is missing is within the bound that the failover stated.

`make schedule-test RUNS=200` runs many (hours). Faults of tasks, table and notes: `tests/local/app/schedules.py`.
"""

import argparse
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field

from dr.ledger import Entry, entries, read_back
from operations.prober import ProberConfig, new_account, start_prober
from tests.local.path.conftest import BREIQCTL, ROOT, Cloud, make_cloud

EAST, WEST = "us-east-1", "us-west-2"
TAGS = ("weather-a", "weather-b")
WEATHER_S = 40.0
END_S = 150.0
ROUNDS = 6


@dataclass
class Schedule:
    """One seed's processes and faults, and what they did in words."""

    cloud: Cloud
    seed: int
    said: list[str] = field(default_factory=list)
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.random = random.Random(self.seed)

    def run(self) -> list[str]:
        """Run it, and return what is wrong afterwards."""
        self.cloud.run("local", "reset", timeout_s=240)
        where = self.cloud.run("local", "status")["endpoints"]
        account = new_account(f"weather-{self.seed}")
        config = ProberConfig(
            site_url=where["site"], ca_file=where["ca_file"], samples_file=None, run_id="weather", account=account
        )
        with start_prober(config) as prober:
            prober.wait_for_good(reads=3, writes=3, timeout_s=30)
            self._weather()
            self._clear()
            wrong = self._lead_out()
            time.sleep(3)
            written = entries(prober.samples(), "weather")
        fates = read_back(where["site"], where["ca_file"], account, written)
        missing = [one for one in written if fates.get(one.id) == "missing"]
        return [*wrong, *self._judge(written, missing)]

    def _weather(self) -> None:
        self._begin(self.random.choice((f"deploy --blue-green {TAGS[self.seed % 2]} --bake 5", self._failover())))
        end = time.monotonic() + WEATHER_S
        while time.monotonic() < end:
            time.sleep(self.random.uniform(0.5, 6.0))
            self.random.choice((self._stop, self._stop, self._continue, self._kill, self._another, self._fault))()

    def _clear(self) -> None:
        self.cloud.run("local", "fault", "stop", code=None)
        for process in self.processes:
            self._send(process, signal.SIGCONT)
        end = time.monotonic() + END_S
        for process in self.processes:
            try:
                process.wait(max(0.1, end - time.monotonic()))
            except subprocess.TimeoutExpired:
                self.said.append(f"{process.args} did not end")
                process.kill()
                process.wait()

    def _lead_out(self) -> list[str]:
        for number in range(ROUNDS):
            now = self.cloud.run("status", code=None)
            held, lease = now.get("operation") or {}, now.get("lease") or {}
            if held and not held["under_way"] and lease.get("state") == "open":
                return []
            if held.get("under_way"):
                verb = ("resume", "abort", "unlock")[number % 3]
                words = ["operation", verb, held["operation_id"]]
            else:
                words = ["lease", "repair"]
            done = self.cloud.run(*words, "--yes", code=None, timeout_s=240)
            self.said.append(f"{' '.join(words)}: {done.get('verdict') or done.get('code')}")
        return [f"no command leads on: operation {held}, lease {lease}"]

    def _judge(self, written: list[Entry], missing: list[Entry]) -> list[str]:
        wrong = []
        by_new = [one.acknowledged_at for one in written if one.region == WEST]
        by_old = [one.acknowledged_at for one in written if one.region == EAST]
        if by_new and by_old and max(by_old) > min(by_new):
            wrong.append(f"{EAST} acknowledged a write {max(by_old) - min(by_new):.2f} s after {WEST} did")
        bound = self._bound() if missing else None
        if missing and bound is None:
            wrong.append(
                f"{len(missing)} of {len(written)} acknowledged writes are missing, and no failover stated a bound"
            )
        elif missing:
            lost_s = max(by_old) - missing[0].acknowledged_at
            self.said.append(
                f"{len(missing)} of {len(written)} missing over {lost_s:.1f} s, at most {bound:.1f} s stated"
            )
            wrong += [f"{lost_s:.1f} s were lost, and at most {bound} s stated"] if lost_s > bound else []
        return wrong

    def _bound(self) -> float | None:
        """Return the bound that the failover which promoted had stated last."""
        for one in self.cloud.run("operation", "list")["operations"]:
            if one["kind"] == "failover" and one["status"] == "done":
                events = self.cloud.run("operation", "show", one["operation_id"])["events"]
                stated = [(e["data"].get("output") or {}).get("rpo_bound_s") for e in events if e["kind"] == "done"]
                return next((float(bound) for bound in reversed(stated) if bound is not None), None)
        return None

    # what happens

    def _failover(self, more: str = "") -> str:
        return f"failover --to {WEST} --accept-data-loss 300 --lag-unknown-accepted {more}"

    def _another(self) -> None:
        held = self.cloud.run("status", code=None).get("operation") or {}
        if not held.get("under_way"):
            self._begin(self.random.choice((self._failover(), f"deploy --blue-green {TAGS[self.seed % 2]} --bake 5")))
            return
        one = held["operation_id"]
        words = (f"operation abort {one}", f"operation resume {one}", f"operation unlock {one}")
        self._begin(self.random.choice((*words, *words[:2], self._failover(f"--supersede {one}"), "lease repair")))

    def _begin(self, words: str) -> None:
        self.said.append(words)
        self.processes.append(
            subprocess.Popen(
                [str(BREIQCTL), *words.split(), "--yes", "--json"],
                env=self.cloud.environment,
                cwd=ROOT,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
        )

    def _stop(self) -> None:
        self._to_one(signal.SIGSTOP)

    def _continue(self) -> None:
        self._to_one(signal.SIGCONT)

    def _kill(self) -> None:
        if self.random.random() < 0.4:
            self._to_one(signal.SIGKILL)

    def _to_one(self, number: signal.Signals) -> None:
        running = [one for one in self.processes if one.poll() is None]
        if running:
            process = self.random.choice(running)
            self.said.append(f"{number.name} to {process.args[1]} {process.args[2]}")  # type: ignore[index]
            self._send(process, number)

    @staticmethod
    def _send(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
        if process.poll() is None:
            os.kill(process.pid, number)

    def _fault(self) -> None:
        words = self.random.choice((("link-cut",), ("replica-lag", "--region", WEST)))
        self.said.append(f"fault {words[0]}")
        self.cloud.run("local", "fault", "start", *words, "--for", "15", code=None)


def main() -> int:
    """Run schedules from a seed on; return 1 when one of them ended wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    cloud, failed = make_cloud(), 0
    try:
        cloud.run("local", "up", timeout_s=300)
        for tag in TAGS:
            cloud.run("local", "image", "build", "--tag", tag)
        for seed in range(options.seed, options.seed + options.runs):
            schedule = Schedule(cloud, seed)
            wrong = schedule.run()
            failed += bool(wrong)
            print(seed, "WRONG" if wrong else "good", *wrong, *schedule.said, sep=" | ", flush=True)  # noqa: T201
    finally:
        cloud.run("local", "down", code=None, timeout_s=240)
        shutil.rmtree(cloud.folder, ignore_errors=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
