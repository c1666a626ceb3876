"""What another stack has not given yet: unknown in a preview, an error in words in an apply."""

import asyncio
from contextvars import Context
from typing import Any

import pulumi
import pytest
from pulumi.runtime import mocks
from pulumi.runtime.stack import run_pulumi_func

from estate.files import read_environment
from infra.references import reference

KNOWN = {"zone_id": "Z1"}


class OtherStacks(mocks.Mocks):
    """Answers for a stack that has the outputs of KNOWN."""

    def new_resource(self, args: mocks.MockResourceArgs) -> tuple[str | None, dict[Any, Any]]:
        return args.resource_id, {"name": args.name, "outputs": KNOWN, "secretOutputNames": []}

    def call(self, args: mocks.MockCallArgs) -> tuple[dict[Any, Any], None]:
        return {}, None


def ask(name: str, *, preview: bool) -> tuple[bool, Any]:
    """Return whether an output of the other stack is known, and its value."""
    seen: list[tuple[bool, Any]] = []

    async def declare() -> None:
        output = reference(read_environment("staging"), "foundation").require_output(name)
        seen.append((await output.is_known(), await output.future()))

    async def program() -> None:
        mocks.set_mocks(OtherStacks(), project="breiq", stack="staging-us-east-1", preview=preview)
        await run_pulumi_func(declare)

    Context().run(asyncio.run, program())
    return seen[0]


@pytest.mark.parametrize("preview", [True, False])
def test_what_the_other_stack_gives_is_known(preview: bool) -> None:
    assert ask("zone_id", preview=preview) == (True, "Z1")


def test_what_it_does_not_give_yet_is_unknown_to_a_preview() -> None:
    assert ask("key_arns", preview=True)[0] is False


def test_an_apply_says_which_stack_comes_first() -> None:
    with pytest.raises(pulumi.RunError, match="staging-foundation has no output key_arns: apply it first"):
        ask("key_arns", preview=False)
