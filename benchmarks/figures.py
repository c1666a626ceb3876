"""Measures what the README states, on this machine, and prints it as a table.

    .venv/bin/python benchmarks/figures.py up commands deploys drill

Each part uses a local cloud of its own folder, takes it down again, and is bounded in count and time.
"""

import argparse
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import time
import uuid
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests.local.path.traffic import Traffic  # noqa: E402

BREIQCTL = str(Path(sys.executable).with_name("breiqctl"))
FOLDER = Path("/var/tmp") / f"breiq-figures-{uuid.uuid4().hex[:8]}"
ENVIRONMENT = {**os.environ, "BREIQ_LOCAL_DIR": str(FOLDER)}


def breiqctl(*arguments: str, timeout_s: float = 600) -> tuple[dict[str, Any], float, int]:
    """Run one command; return its document, its wall time in seconds and its exit code."""
    started = time.monotonic()
    done = subprocess.run(
        [BREIQCTL, *arguments, "--json"],
        env=ENVIRONMENT,
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=timeout_s,
        check=False,
    )
    wall = time.monotonic() - started
    if done.returncode not in (0, 1, 5):
        raise SystemExit(f"breiqctl {' '.join(arguments)}: exit {done.returncode}\n{done.stdout}\n{done.stderr}")
    return json.loads(done.stdout), wall, done.returncode


def row(what: str, values: list[float], unit: str, note: str = "") -> None:
    """Print one row: median, worst and number of runs."""
    print(
        f"| {what} | {statistics.median(values):.2f} {unit} | {max(values):.2f} {unit} | {len(values)} | {note} |",
        flush=True,
    )


def measure_command(what: str, arguments: list[str], runs: int) -> None:
    """Time a command line as a whole process."""
    times = []
    for _ in range(runs):
        started = time.monotonic()
        subprocess.run([BREIQCTL, *arguments], env=ENVIRONMENT, cwd=ROOT, capture_output=True, check=True)
        times.append(time.monotonic() - started)
    row(what, times, "s")


def part_up(runs: int) -> None:
    """`local up` from nothing, from its snapshot, and with nothing to do; `local reset`; memory."""
    first, restored, reset, again, memory = [], [], [], [], []
    for _ in range(runs):
        first.append(breiqctl("local", "up", "--fresh")[0]["up_s"])
        _, wall, _ = breiqctl("local", "up")
        again.append(wall)
        memory.append(breiqctl("local", "status")[0]["memory_bytes"] / 2**20)
        breiqctl("local", "down")
        document, _, _ = breiqctl("local", "up")
        assert document["restored"]
        restored.append(document["up_s"])
        _, wall, _ = breiqctl("local", "reset")
        reset.append(wall)
        breiqctl("local", "down")
    row("`local up` from nothing, until the first successful request", first, "s")
    row("`local up` after `local down`, until all tasks are healthy", restored, "s", "restored from the snapshot")
    row("`local reset`", reset, "s")
    row("`local up` again, nothing to do", again, "s")
    row("memory (PSS) with 16 tasks", memory, "MiB")


def part_commands(runs: int) -> None:
    """How long commands take as whole processes."""
    breiqctl("local", "up")
    measure_command("`breiqctl --help`", ["--help"], 10)
    measure_command("`status`", ["status"], runs)
    measure_command("`estate plan` on the running local cloud", ["estate", "plan"], runs)
    measure_command("`estate drift`", ["estate", "drift"], runs)
    measure_command("`estate plan -e production`", ["-e", "production", "estate", "plan"], runs)
    breiqctl("local", "down")


def part_deploys(count: int, rate: float) -> None:
    """Releases in a row under an open arrival, with slow uploads in flight."""
    where = breiqctl("local", "up")[0]["endpoints"]
    durations, requests, uploads, failures = [], 0, 0, []
    for number in range(count):
        tag = f"f{number}-{uuid.uuid4().hex[:4]}"
        breiqctl("local", "image", "build", "--tag", tag)
        with Traffic(where["site"], where["ca_file"], rate=rate, uploads=3) as traffic:
            document, _, code = breiqctl("deploy", "--blue-green", tag, "--yes")
        durations.append(document["duration_s"])
        requests += traffic.outcome.requests
        uploads += traffic.outcome.uploads
        failures += [f"{tag}: {text}" for text in traffic.outcome.failures]
        if code or document["verdict"] != "promoted":
            failures.append(f"{tag}: verdict {document['verdict']}: {document.get('reason')}")
        print(
            f"  deploy {number + 1}: {document['verdict']}, {len(failures)} failures so far",
            file=sys.stderr,
            flush=True,
        )
    row(
        f"deploy under {rate:g} requests/s",
        durations,
        "s",
        f"{requests} requests, {uploads} uploads of 5 s, {len(failures)} failed",
    )
    for text in failures[:20]:
        print(f"  {text}")
    breiqctl("local", "down")


def part_drill(runs: int) -> None:
    """The region-loss drill."""
    breiqctl("local", "up")
    document, _, _ = breiqctl("drill", "run", "region-loss", "--runs", str(runs), "--yes", timeout_s=1500)
    results = document["results"]
    row("region lost: RTO", [result["rto_s"] for result in results], "s", document["verdict"])
    row("region lost: reads back", [result["outage_s"]["reads"] for result in results], "s")
    row("region lost: writes back", [result["outage_s"]["writes"] for result in results], "s")
    row(
        "region lost: RPO",
        [result["rpo_s"] for result in results],
        "s",
        f"{document['lost_writes']} of {document['acknowledged_writes']} acknowledged writes lost",
    )
    breiqctl("local", "down")


def main() -> None:
    """Run the parts that were asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("parts", nargs="+", choices=["up", "commands", "deploys", "drill"])
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--deploys", type=int, default=20)
    parser.add_argument("--rate", type=float, default=50.0)
    options = parser.parse_args()
    FOLDER.mkdir(mode=0o755)
    print(f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}\n")
    print("| what | median | worst | runs | |\n|---|---|---|---|---|", flush=True)
    try:
        if "up" in options.parts:
            part_up(options.runs)
        if "commands" in options.parts:
            part_commands(options.runs)
        if "deploys" in options.parts:
            part_deploys(options.deploys, options.rate)
        if "drill" in options.parts:
            part_drill(options.runs)
    finally:
        subprocess.run(
            [BREIQCTL, "local", "down", "--quiet"], env=ENVIRONMENT, cwd=ROOT, capture_output=True, check=False
        )
        shutil.rmtree(FOLDER, ignore_errors=True)


if __name__ == "__main__":
    main()
