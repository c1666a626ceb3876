"""Plans to review, and what they are priced with."""

from typing import Any

import yaml

from estate.files import ROOT
from review.plan import PlanDocument, PlannedResource
from review.usage import FOLDER, Usage, parse_usage


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
