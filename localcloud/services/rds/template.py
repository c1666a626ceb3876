"""The template of a data folder: initdb runs once a machine folder, instances are copies."""

import asyncio
import fcntl
import os
import shutil
from collections.abc import Sequence
from pathlib import Path

from localcloud.programs import postgres


async def ensure_template(folder: Path) -> Path:
    """Return the template's data folder; the first call runs initdb. Raises RuntimeError when that fails."""
    data = folder / "data"
    if data.exists():
        return data
    folder.mkdir(exist_ok=True)  # noqa: ASYNC240 - a local folder
    with (folder / "lock").open("w") as lock:
        await asyncio.to_thread(fcntl.flock, lock, fcntl.LOCK_EX)
        if not data.exists():
            fresh = folder / "new"
            shutil.rmtree(fresh, ignore_errors=True)
            fresh.mkdir()
            own(fresh)
            await run(postgres.initdb_argv(fresh / "data"))
            (fresh / "data").rename(data)
            fresh.rmdir()
    return data


def own(path: Path) -> None:
    """Give a file or folder to the server's user (when we are root; otherwise it is ours and stays so)."""
    if os.geteuid() == 0:
        shutil.chown(path, postgres.USER, postgres.USER)


async def copy_folder(source: Path, target: Path) -> None:
    """Copy a data folder with its owners."""
    await _complete(["cp", "-a", "--reflink=auto", str(source), str(target)], as_postgres=False, env={})


async def run(argv: Sequence[str], env: dict[str, str] | None = None) -> str:
    """Run one of PostgreSQL's programs as the server's user; return what it said. Raises RuntimeError when it fails."""
    return await _complete(argv, as_postgres=True, env=env or {})


async def _complete(argv: Sequence[str], *, as_postgres: bool, env: dict[str, str]) -> str:
    prefix = []
    if as_postgres and os.geteuid() == 0:
        prefix = ["setpriv", f"--reuid={postgres.USER}", f"--regid={postgres.USER}", "--init-groups", "--"]
    process = await asyncio.create_subprocess_exec(
        *prefix,
        *argv,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        cwd="/",
        env={"PATH": os.environ.get("PATH", os.defpath), "LANG": "C.UTF-8", **env},
    )
    try:
        output, _ = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
    if process.returncode:
        raise RuntimeError(f"{argv[0]} ended with {process.returncode}: {output.decode(errors='replace')[-2000:]}")
    return output.decode(errors="replace")
