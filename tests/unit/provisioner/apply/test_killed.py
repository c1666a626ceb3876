"""Random programs, applied, changed and applied again, killed at every moment: the next apply always ends it."""

import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.unit.provisioner.sky import Node, Nodes, Sky, check_truth, program, sky_workspace

COUNT = 5
QUICK = settings(
    phases=[Phase.explicit, Phase.generate],
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)
"""A failing example is shown as it is found: making it smaller takes minutes."""


@st.composite
def programs(draw: st.DrawFn) -> Nodes:
    nodes = {}
    for index in range(COUNT):
        if not draw(st.booleans()) and index:
            continue
        earlier = st.one_of(st.none(), st.integers(0, index - 1)) if index else st.none()
        nodes[index] = Node(
            twin=draw(st.booleans()),
            size=draw(st.integers(0, 1)),
            kind=draw(st.integers(0, 1)),
            tag=draw(st.integers(0, 1)),
            tie=draw(earlier),
            ref=draw(earlier),
            region=draw(st.sampled_from(["us-east-1", "us-west-2"])),
        )
    return nodes


class Moments:
    """The state's file and the sky as they were at each moment of a run, the same moment once."""

    def __init__(self, folder: Path, sky: Sky) -> None:
        self.folder, self.sky = folder, sky
        self.seen: dict[tuple[bytes, str], tuple[bytes, Sky]] = {}
        sky.watch = self.note

    def note(self) -> None:
        path = self.folder / "dev.json"
        text = path.read_bytes() if path.exists() else b""
        self.seen[text, repr(sorted(self.sky.standing.items()))] = (text, Sky(self.sky.standing, self.sky.serial))

    def resume(self, nodes: Nodes, *, destroy: bool = False, at_most: int = 1000) -> int:
        """Go on from each moment, or from so many of them, as if the process had been killed then. Return how many there
        were.
        """
        every = max(1, -(-len(self.seen) // at_most))
        for number, (text, sky) in enumerate(list(self.seen.values())[::every]):
            folder = self.folder / str(number)
            folder.mkdir()
            if text:
                (folder / "dev.json").write_bytes(text)
            if destroy:
                sky_workspace(folder, sky).destroy("dev")
                assert sky.standing == {}
                assert not (folder / "dev.json").exists()
            else:
                sky_workspace(folder, sky).apply("dev", program(nodes), {})
                check_truth(folder, sky, nodes)
        return len(self.seen)


@settings(QUICK, max_examples=12)
@given(first=programs(), second=programs())
def test_the_state_is_the_cloud_is_the_program(first: Nodes, second: Nodes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        sky = Sky()
        for nodes in (first, second, first):
            sky_workspace(Path(folder), sky).apply("dev", program(nodes), {})
            check_truth(Path(folder), sky, nodes)


@settings(QUICK, max_examples=8)
@given(first=programs(), second=programs(), third=programs())
def test_a_run_killed_at_any_moment_is_ended_by_the_next(first: Nodes, second: Nodes, third: Nodes) -> None:
    with tempfile.TemporaryDirectory() as text:
        folder, sky = Path(text), Sky()
        sky_workspace(folder, sky).apply("dev", program(first), {})
        moments = Moments(folder, sky)
        sky_workspace(folder, sky).apply("dev", program(second), {})
        moments.resume(third, at_most=5)


CHAIN = {0: Node(), 1: Node(tie=0), 2: Node(tie=1), 3: Node(ref=0), 4: Node(twin=True, tie=0)}
"""A root that must go before it comes back, what is tied to it, and what only mentions it."""


@pytest.mark.parametrize("then", ["second", "first", "none"])
def test_a_replaced_root_killed_at_any_moment(tmp_path: Path, then: str) -> None:
    second = {**CHAIN, 0: Node(kind=1), 5: Node(ref=0)}
    sky = Sky()
    sky_workspace(tmp_path, sky).apply("dev", program(CHAIN), {})
    moments = Moments(tmp_path, sky)

    result = sky_workspace(tmp_path, sky).apply("dev", program(second), {})

    assert (result.replaced, result.updated, result.created, result.deleted) == (4, 1, 1, 0)
    check_truth(tmp_path, sky, second)
    assert moments.resume({"second": second, "first": CHAIN, "none": {}}[then], destroy=then == "none") >= 12
