"""Each stack's plan, as it was last reviewed.

Renew with `.venv/bin/python -m pytest tests/unit/infra/test_snapshots.py --snapshot-update`, and review the difference
as the change that AWS will see. Production's foundation, first region and edge are told in full; every other stack by
what it has (+) and has not (-) beside the one that it is built like. `{environment}`, `{account}`, `{domain}` and
`{runbooks}` stand for the environment's own, in a region's stack `{region}` for that region and `{other}` for the other.
"""

import pytest
from syrupy.assertion import SnapshotAssertion
from syrupy.extensions.single_file import SingleFileSnapshotExtension, WriteMode

from estate import topology
from estate.files import read_environment
from provisioner.state.state import Resource
from provisioner.values import Secret
from tests.unit.infra.kit import Declared
from tests.unit.infra.outline import Facts, beside, described, in_full, series_of, words_of

MODEL = "production"
FIXTURES = {MODEL: "production", "staging": "staging", "local": "estate"}
STACKS = [stack for name in FIXTURES for stack in topology.stack_names(read_environment(name))]

STACK = "urn:pulumi:local-edge::breiq::pulumi:pulumi:Stack::breiq-local-edge"
URN = "urn:pulumi:local-edge::breiq::aws:sns/topic:Topic::told"


class Text(SingleFileSnapshotExtension):
    """A text file a stack."""

    _write_mode = WriteMode.TEXT
    file_extension = "txt"


def facts(stack: str, request: pytest.FixtureRequest) -> dict[str, Facts]:
    name, _, part = stack.partition("-")
    declared: Declared = request.getfixturevalue(FIXTURES[name])
    environment = declared.environment
    return described(declared.stacks[stack], words_of(environment, part if part in environment.regions else None))


def model_of(stack: str) -> str | None:
    """Return the stack that this one is built like: its environment's first region, or production's counterpart."""
    name, _, part = stack.partition("-")
    first, second = read_environment(name).creation_order
    if part == second:
        return f"{name}-{first}"
    return f"{MODEL}-{part}" if name != MODEL else None


@pytest.mark.parametrize("stack", STACKS)
def test_plan(stack: str, request: pytest.FixtureRequest, snapshot: SnapshotAssertion) -> None:
    model = model_of(stack)
    if model:
        told = f"{stack}, beside {model}\n\n{beside(facts(stack, request), facts(model, request))}"
    else:
        told = f"{stack}\n\n{in_full(facts(stack, request), series_of(read_environment(MODEL)))}"
    assert told == snapshot(extension_class=Text)


def test_no_secret_is_told() -> None:
    inputs = {"name": Secret("hush"), "policy": {"list": [Secret("hush")]}}
    told = in_full(described([Resource(URN, "aws:sns/topic:Topic", custom=True, parent=STACK, inputs=inputs)], {}), {})
    assert "hush" not in told
    assert told.count("(secret)") == 2
