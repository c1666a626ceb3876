"""Plans to review: of the whole program, and of single resources."""

from typing import Any

import yaml

from estate.files import ROOT
from provisioner.state import Resource
from provisioner.values import Secret, Unknown
from review.plan import SECRET, UNKNOWN, PlanDocument, PlannedResource
from review.usage import FOLDER, Usage, parse_usage
from tests.unit.infra.kit import Declared


def plan_of(declared: Declared) -> PlanDocument:
    """Return what the program declared, as a plan that creates all of it."""
    resources: list[PlannedResource] = []
    for stack, members in declared.stacks.items():
        by_urn = {one.urn: one for one in members}
        resources += [_planned(stack, one, by_urn) for one in members]
    return PlanDocument(environment=declared.environment.environment, resources=tuple(resources))


def _planned(stack: str, one: Resource, by_urn: dict[str, Resource]) -> PlannedResource:
    parent = by_urn.get(one.parent)
    provider = by_urn.get(one.provider.rpartition("::")[0])
    component = parent if parent is not None and not parent.custom and parent.type != "pulumi:pulumi:Stack" else None
    return PlannedResource(
        stack=stack,
        urn=one.urn,
        type=one.type,
        name=one.urn.rpartition("::")[2],
        region=str(provider.inputs.get("region", "")) if provider else "",
        component=component.type if component else "",
        component_name=component.urn.rpartition("::")[2] if component else "",
        parent=one.parent,
        inputs={name: _shown(value) for name, value in one.inputs.items()},
        protect=one.protect,
        source=one.source_position,
        dependencies=one.dependencies,
        property_dependencies={name: tuple(urns) for name, urns in one.property_dependencies.items()},
    )


def _shown(value: Any) -> Any:
    if isinstance(value, Secret):
        return SECRET
    if isinstance(value, Unknown):
        return UNKNOWN
    if isinstance(value, dict):
        return {name: _shown(one) for name, one in value.items()}
    return [_shown(one) for one in value] if isinstance(value, list) else value


def usage_of(environment: str) -> Usage:
    """Return an environment's usage, as its file has it."""
    file = ROOT / FOLDER / f"{environment}.yaml"
    return parse_usage(yaml.safe_load(file.read_text()), file=file.name)


def resource(kind: str, called: str = "one", /, *, region: str = "us-east-1", **inputs: Any) -> PlannedResource:
    """Return one planned resource of a type in short form (`rds/Instance`)."""
    module, _, short = kind.partition("/")
    return PlannedResource(
        stack=f"production-{region}",
        urn=f"urn:pulumi:production-{region}::breiq::aws:{module}/{short}::{called}",
        type=f"aws:{module}/{short[:1].lower()}{short[1:]}:{short}",
        name=called,
        region=region,
        inputs=inputs,
    )


def plan(*resources: PlannedResource) -> PlanDocument:
    """Return a plan of production that creates these resources."""
    return PlanDocument(environment="production", resources=resources)
