"""Reads what a release must know before it begins: manifests, rules, services, the image. Writes nothing."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from aws.autoscaling import Bounds
from aws.ecs import Service, TaskDefinition
from aws.errors import NotFound, NotServing
from estate import topology
from estate.config import Environment
from estate.errors import BreiqError
from estate.manifest import Manifest, ServiceManifest, WorkerColourManifest, WorkerManifest
from estate.topology import Colour
from estate.words import known_names
from operations.concurrency import run_concurrently
from operations.manifest import complete_estate, read_manifest
from operations.table import Table
from operations.writer_lease import find_lease
from releases.active import active_colour
from releases.colours import led_to
from releases.ensure import OPERATION_TAG
from releases.model import ColourFacts, RegionFacts, ReleaseFacts, ServiceFacts

if TYPE_CHECKING:
    from aws.session import Session

ARCHITECTURE = "amd64"
"""What tasks run on: Fargate's own choice where a task definition names none."""

Clients = Callable[[str], "Session"]
ColourReader = Callable[[str, str, str | None], ColourFacts]
"""Container, ECS service and target group of a colour → what it was found to be."""


def resolve_image(clients: Clients, environment: Environment, image: str) -> tuple[str, dict[str, str]]:
    """Return the digest that `image` (tag, digest, or `repository:tag`) means now, and a tag for each known digest.

    Raises BreiqError (refused) `unknown_image` when a region's registry does not have it, `unusable_image` when it
    cannot be pulled there, or not be run.
    """
    repository = topology.repository(environment)
    wanted = _short(image)
    regions = [environment.primary_region, environment.standby_region]
    tags: dict[str, str] = {}
    try:
        with _every_region_answers():
            tags = clients(regions[0]).ecr.tags(repository)
            digest = clients(regions[0]).ecr.digest(repository, wanted)
            for region in regions[1:]:
                clients(region).ecr.digest(repository, digest)
            problems = {region: clients(region).ecr.problem(repository, digest, ARCHITECTURE) for region in regions}
    except NotFound as error:
        raise BreiqError(
            "unknown_image",
            "refused",
            f"there is no image {image!r} in {repository} in {error.region}",
            cause=f"known tags: {known_names(image, tags)}",
            remedy=_another_image(environment),
        ) from error
    for region, problem in problems.items():
        if problem is not None:
            raise BreiqError(
                "unusable_image",
                "refused",
                f"{region} cannot pull {image!r} from {repository} to run it: {problem}",
                remedy=_another_image(environment),
            )
    names = _tags_by_digest(tags)
    return digest, names if wanted.startswith("sha256:") else {**names, digest: wanted}


def _tags_by_digest(tags: Mapping[str, str]) -> dict[str, str]:
    """Return a tag for each digest that has one: the first that the registry names."""
    names: dict[str, str] = {}
    for tag, digest in tags.items():
        names.setdefault(digest, tag)
    return names


def _another_image(environment: Environment) -> str:
    """Return how an image comes to be in the registries, and which ones have served."""
    make = "breiqctl local image build --tag TAG"
    if environment.environment != "local":
        make = f"docker push {topology.image_uri(environment, environment.primary_region, '').partition('@')[0]}:TAG"
    return f"{make}; or deploy one that has served: breiqctl release list"


def read_tags(clients: Clients, environment: Environment) -> dict[str, str]:
    """Return a tag for each digest that has one. Raises BreiqError `region_unreachable` (refused)."""
    with _every_region_answers():
        return _tags_by_digest(clients(environment.primary_region).ecr.tags(topology.repository(environment)))


def read_facts(
    clients: Clients,
    table: Table,
    environment: Environment,
    *,
    digest: str | None,
    tags: dict[str, str],
    site_url: str,
    ca_file: str | None,
) -> ReleaseFacts:
    """Return all that a release to both regions must know. Without a digest: of the image that the idle colour kept.

    Raises BreiqError (refused) when a region does not answer, the estate is not complete, or rules disagree.
    """
    with _every_region_answers():
        lease = find_lease(table, environment.regions)
        primary = lease.holder if lease else environment.primary_region
        standby = environment.other_region(primary)
        manifests = {region: read_manifest(environment, clients(region)) for region in (primary, standby)}
        regions = {
            region: read_region_facts(
                clients(region), environment, manifest, table, is_primary=region == primary, digest=digest
            )
            for region, manifest in manifests.items()
        }
    return ReleaseFacts(
        primary=primary,
        standby=standby,
        regions=regions,
        site_url=site_url,
        ca_file=ca_file,
        preview_secret=topology.secret(environment, "preview-header"),
        table_regions=[primary, standby],
        operations_table=manifests[primary].foundation.operations_table,
        lease=lease is not None,
        tags=tags,
    )


@contextmanager
def _every_region_answers() -> Iterator[None]:
    """Refuse when a region does not answer: a release goes to every region, or to none."""
    try:
        yield
    except NotServing as error:
        raise BreiqError(
            "region_unreachable",
            "refused",
            f"a release goes to every region, and {error.message}",
            cause=error.cause,
            remedy="breiqctl status shows whether the region or this machine is at fault, and names the next command",
            retryable=True,
        ) from error


def _short(image: str) -> str:
    """Return the tag or digest of an image that may carry a repository in front."""
    if "@" in image:
        return image.rpartition("@")[2]
    if image.startswith("sha256:"):
        return image
    return image.rpartition(":")[2]


def read_region_facts(session: "Session", environment: Environment, *found: Any, **more: Any) -> RegionFacts:
    """Return what one region runs. Raises BreiqError `estate_incomplete` for what its manifest names and is gone."""
    with complete_estate(environment, session.region):
        return _region_facts(session, environment, *found, **more)


def _region_facts(
    session: "Session",
    environment: Environment,
    manifest: Manifest,
    table: Table,
    *,
    is_primary: bool,
    digest: str | None,
) -> RegionFacts:
    region = manifest.region
    names = [part.ecs_service for one in region.services.values() for part in (one.blue, one.green)]
    names += [part.ecs_service for one in region.workers.values() for part in (one.blue, one.green)]
    running = session.ecs.describe(region.cluster, names)
    colour = _colour_reader(session, region.cluster, running)
    services = run_concurrently(
        sorted(region.services.items()), lambda pair: _service_facts(session, *pair, colour=colour, primary=is_primary)
    )
    active = active_colour(table, region.region) or "blue"
    working = any(running[_of(worker, active).ecs_service].desired for worker in region.workers.values())
    workers = [
        _worker_facts(name, worker, active, live=working, colour=colour, primary=is_primary)
        for name, worker in sorted(region.workers.items())
    ]
    return RegionFacts(
        region=region.region,
        role="primary" if is_primary else "standby",
        cluster=region.cluster,
        subnets=region.task_subnet_ids,
        security_group=region.task_security_group_id,
        migrate_family=region.migrate_family,
        smoke_family=region.smoke_family,
        operations_table=manifest.foundation.operations_table,
        image_uri=topology.image_uri(environment, region.region, digest) if digest else services[0].target.image,
        services=services,
        workers=workers,
    )


def _colour_reader(session: "Session", cluster: str, running: Mapping[str, Service]) -> ColourReader:
    """Return a function that gives a colour's facts; all that AWS is asked for them is asked before."""
    names = list(running)
    bounds = session.autoscaling.bounds(cluster, names)
    revisions = dict(zip(names, run_concurrently(names, _revision_of(session, running)), strict=True))

    def colour(container: str, name: str, target_group: str | None) -> ColourFacts:
        own = bounds.get(name, Bounds(0, 0))
        return ColourFacts(
            ecs_service=name,
            target_group=target_group,
            desired=running[name].desired,
            task_definition=running[name].task_definition,
            image=revisions[name].image(container),
            released_by=revisions[name].tags.get(OPERATION_TAG),
            min_count=own.min_count,
            max_count=own.max_count,
        )

    return colour


def _revision_of(session: "Session", running: Mapping[str, Service]) -> Callable[[str], TaskDefinition]:
    return lambda name: session.ecs.task_definition(running[name].task_definition)


def _service_facts(
    session: "Session", name: str, service: ServiceManifest, *, colour: ColourReader, primary: bool
) -> ServiceFacts:
    weights = session.elbv2.weights([*service.rule_arns, service.preview_rule_arn])
    preview = weights.pop(service.preview_rule_arn)
    weighted = _weighted(session.region, name, service, weights)
    blue = colour(service.container, service.blue.ecs_service, service.blue.target_group_arn)
    green = colour(service.container, service.green.ecs_service, service.green.target_group_arn)
    desired = (blue if weighted == "blue" else green).desired
    return ServiceFacts(
        name=name,
        family=service.task_family,
        container=service.container,
        wanted=_wanted(service, desired, primary=primary),
        min_count=service.desired_count,
        max_count=service.max_count,
        live=weighted if desired > 0 else None,
        weighted=weighted,
        blue=blue,
        green=green,
        weights=weights,
        preview_rule=service.preview_rule_arn,
        preview_weights=preview,
        probe_path=service.probe_path,
    )


def _worker_facts(
    name: str, worker: WorkerManifest, active: Colour, *, live: bool, colour: ColourReader, primary: bool
) -> ServiceFacts:
    """Return a worker's facts. All workers of a region have one active colour, so they are live together."""
    blue = colour(worker.container, worker.blue.ecs_service, None)
    green = colour(worker.container, worker.green.ecs_service, None)
    return ServiceFacts(
        name=name,
        family=worker.task_family,
        container=worker.container,
        wanted=_wanted(worker, (blue if active == "blue" else green).desired, primary=primary),
        min_count=worker.desired_count,
        max_count=worker.max_count,
        live=active if live else None,
        weighted=active,
        blue=blue,
        green=green,
        weights={},
        preview_rule=None,
        preview_weights={},
        probe_path=None,
    )


def _wanted(part: ServiceManifest | WorkerManifest, running: int, *, primary: bool) -> int:
    """Return how many tasks the new colour must have: as many as serve now, or as configured for the region's role."""
    return max(part.desired_count if primary else part.failover_count, running)


def _of(worker: WorkerManifest, colour: Colour) -> WorkerColourManifest:
    return worker.blue if colour == "blue" else worker.green


def _weighted(region: str, name: str, service: ServiceManifest, weights: dict[str, dict[str, int]]) -> Colour:
    """Return the colour that all rules lead to. Raises BreiqError `weights_disagree` (refused) when there is none."""
    colour = led_to(service, weights)
    if colour is not None:
        return colour
    raise BreiqError(
        "weights_disagree",
        "refused",
        f"the listener rules of {name} in {region} do not all point to one colour",
        cause="; ".join(f"{arn.rpartition('/')[2]}: {rule}" for arn, rule in sorted(weights.items())),
        remedy="breiqctl release repair points them to the colour of the last release (--dry-run shows the changes)",
    )
