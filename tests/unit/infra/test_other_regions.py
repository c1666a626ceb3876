"""Where an environment lies is data: no component knows a region's name."""

from pathlib import Path

import yaml

from estate.config import parse_environment
from estate.files import ENVIRONMENTS
from provisioner.decide.results import Planned
from provisioner.events import ignore
from stackops.workspace import open_workspace
from tests.unit.infra.kit import program

PLACES = {"us-east-1": "eu-west-1", "us-west-2": "eu-central-1", "us-east-2": "eu-west-3"}
NOT_OURS_TO_PLACE = {"us-east-1", "us-west-2"}
"""CloudFront's certificates and the control plane of global services; the chat service's one endpoint."""


def test_an_environment_in_two_other_regions_is_one_file(tmp_path: Path) -> None:
    text = (ENVIRONMENTS / "staging.yaml").read_text()
    for ours, theirs in PLACES.items():
        text = text.replace(ours, theirs)
    environment = parse_environment(yaml.safe_load(text), file="elsewhere.yaml")
    workspace = open_workspace(tmp_path, None, offline=True, on_event=ignore)

    def planned(part: str) -> list[Planned]:
        stack = f"staging-{part}"
        return [one for one in workspace.plan(stack, program(environment, stack), {}).planned if one.in_cloud]

    region = planned("eu-central-1")
    assert {one.region for one in region} == {"eu-central-1"}
    assert [one.name for one in region if "us-west-2" in str(one.inputs)] == []
    foundation = {one.region for one in planned("foundation")}
    assert {"eu-west-1", "eu-central-1"} <= foundation <= {"eu-west-1", "eu-central-1", *NOT_OURS_TO_PLACE}
