"""Pulumi's SDK, patched where it is slow in a process that runs whole programs."""

import asyncio
from typing import Any

SMALL = 64
"""Outputs that are few enough to be waited for as the SDK does."""


def patch_sdk() -> None:
    """Make the SDK wait for a program's outputs one after another; may be repeated.

    By itself it waits for the first of all outstanding ones, again and again, and so adds a callback to each of them
    for each that ends: quadratic, and most of the time of a plan of 200 resources (pulumi 3.272, `runtime/stack.py`).
    """
    from pulumi.runtime import stack

    stack.asyncio = _PatientAsyncio(asyncio)  # type: ignore[assignment, attr-defined] # the module's own name for asyncio


class _PatientAsyncio:
    """asyncio as `pulumi.runtime.stack` sees it: `wait` for the first of many waits for all of them."""

    def __init__(self, real: Any) -> None:
        self._real = real

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)

    async def wait(self, tasks: Any, *, return_when: str = asyncio.ALL_COMPLETED) -> Any:
        """See asyncio.wait. Of many tasks all are waited for, or the first that fails."""
        waited = list(tasks)
        many = return_when == asyncio.FIRST_COMPLETED and len(waited) >= SMALL
        return await asyncio.wait(waited, return_when=asyncio.FIRST_EXCEPTION if many else return_when)
