"""Tasks on Fargate, functions, images."""

from collections.abc import Iterator
from typing import Final

from review.charges.base import COLOURS, IDLE_COLOUR, Asked, Charge, Charges, together


def app_service(name: str) -> str:
    """Return the app service of an ECS service's name: `backend` of `breiq-production-backend-blue`."""
    for colour in COLOURS:
        name = name.removesuffix(colour)
    return name.split("-", 2)[-1]


def average_tasks(asked: Asked) -> float:
    """Return how many tasks of an ECS service run on average, as the usage file says.

    The program plans every colour with no task, because operations own the counts. So blue stands for the live colour;
    green runs only while a release overlaps.
    """
    usage, name = asked.setting.usage, asked.text("name", asked.resource.name)
    said = usage.services.get(app_service(name), usage.services.get("other"))
    average = said.average_tasks.get(asked.region, 0) if said else asked.number("desiredCount")
    return average * usage.release_overlap_hours / usage.hours if name.endswith(IDLE_COLOUR) else average


def _service(asked: Asked) -> Iterator[Charge]:
    task = asked.behind("taskDefinition")
    if task is None:
        return
    tasks = average_tasks(asked)
    definition = Asked(task, asked.setting)
    hours = tasks * asked.hours
    platform = task.record("runtimePlatform")
    arm = "ARM-" if platform.get("cpuArchitecture") == "ARM64" else ""
    spot = any(
        row.get("capacityProvider") == "FARGATE_SPOT" for row in asked.resource.records("capacityProviderStrategies")
    )
    kind = "SpotUsage-Fargate-" if spot else f"Fargate-{arm}"
    label = f"{tasks:.2g} tasks on Fargate{' Spot' if spot else ''}{' (ARM)' if arm else ''}"
    disk = task.record("ephemeralStorage").get("sizeInGib", 20) - 20
    yield from together(
        asked.charge(
            f"{label}: vCPU",
            "AmazonECS",
            f"{kind}vCPU-Hours:perCPU",
            hours * definition.number("cpu") / 1024,
            assumed=True,
        ),
        asked.charge(
            f"{label}: memory",
            "AmazonECS",
            f"{kind}GB-Hours",
            hours * definition.number("memory") / 1024,
            assumed=True,
        ),
        asked.charge(
            f"{label}: disk over 20 GB", "AmazonECS", "Fargate-EphemeralStorage-GB-Hours", hours * disk, assumed=True
        ),
    )


def _function(asked: Asked) -> Iterator[Charge]:
    if used := asked.used:
        arm = "-ARM" if "arm64" in asked.rows("architectures") else ""
        yield from asked.charge(
            "requests", "AWSLambda", "Request", used.function_requests_millions * 1e6 / asked.siblings, assumed=True
        )
        yield from asked.charge(
            "duration", "AWSLambda", f"Lambda-GB-Second{arm}", used.function_gb_seconds / asked.siblings, assumed=True
        )


def _repository(asked: Asked) -> Iterator[Charge]:
    """Images lie in every region that they are replicated to; a repository that replication makes is no resource."""
    regions = asked.setting.usage.regions
    own = [region for region in regions if asked.setting.counts.get((asked.resource.kind, region))]
    for region, used in regions.items():
        if region == asked.region or (region not in own and asked.region == own[0]):
            yield from asked.charge(
                f"images in {region}",
                "AmazonECR",
                "TimedStorage-ByteHrs",
                used.image_gb / asked.siblings,
                region=region,
                assumed=True,
            )


CHARGES: Final[dict[str, Charges]] = {
    "ecs/Service": _service,
    "lambda/Function": _function,
    "ecr/Repository": _repository,
}
