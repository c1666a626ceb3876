"""Runs a Pulumi program in this process, against an engine of ours instead of Pulumi's."""

import asyncio
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

from provisioner.program.engine import Engine

THREADS: Final = 16
"""Registrations that may wait for AWS at the same time."""

Program = Callable[[], None]


def run_program(engine: Engine, program: Program, config: Mapping[str, str]) -> None:
    """Run the program; return when all that it declares has been registered. Raises what it raises.

    Pulumi's runtime is imported here: it takes a while, and only runs need it.
    """
    from pulumi.runtime.config import set_all_config
    from pulumi.runtime.settings import Settings, configure, set_root_resource
    from pulumi.runtime.stack import run_in_stack

    from provisioner.program.monitor import Log, Monitor
    from provisioner.program.sdk import patch_sdk

    patch_sdk()

    async def main() -> None:
        loop = asyncio.get_running_loop()
        loop.set_default_executor(ThreadPoolExecutor(THREADS, "provisioner"))
        loop.set_exception_handler(
            lambda *_: None
        )  # one failure is raised; what depended on it fails with it, silently
        await run_in_stack(program)

    set_root_resource(None)  # type: ignore[arg-type]
    set_all_config(dict(config), [])
    configure(
        Settings(
            project=engine.run.setting.project,
            stack=engine.run.stack,
            monitor=Monitor(engine),
            engine=Log(engine),
            dry_run=engine.run.dry_run,
            organization="organization",
            root_directory=str(Path.cwd()),
        )
    )
    asyncio.run(main())
