"""ECR: moto's repositories, with the images of the local registry's folder (see `localcloud.image`).

Images are put there by `image build`. A replication configuration makes a repository's replica, with the same images.
"""

from typing import Any, Final

from localcloud.api.emulated import RequestContext, add
from localcloud.core.words import words

OPERATIONS: Final = words(
    """
    CreateRepository DescribeRepositories DeleteRepository DescribeImages ListImages BatchGetImage
    BatchCheckLayerAvailability
    PutImageTagMutability PutImageScanningConfiguration PutLifecyclePolicy GetLifecyclePolicy DeleteLifecyclePolicy
    SetRepositoryPolicy GetRepositoryPolicy DeleteRepositoryPolicy PutReplicationConfiguration DescribeRegistry
    ListTagsForResource TagResource UntagResource GetAuthorizationToken
    """
)


def patch() -> None:
    """Have every look at a repository read the folder first."""
    from moto.ecr.models import ECRBackend

    add("ecr", {"BatchCheckLayerAvailability": _check_layers})
    find = ECRBackend._get_repository
    describe = ECRBackend.describe_repositories

    def _get_repository(self: Any, name: str, registry_id: str | None = None) -> Any:
        _ensure_replica(self, name)
        repository = find(self, name, registry_id)
        _read_folder(repository)
        return repository

    def describe_repositories(self: Any, repository_names: list[str] | None = None, registry_id: Any = None) -> Any:
        for name in repository_names or ():
            _ensure_replica(self, name)
        return describe(self, repository_names=repository_names, registry_id=registry_id)

    ECRBackend._get_repository = _get_repository  # type: ignore[method-assign]
    ECRBackend.describe_repositories = describe_repositories  # type: ignore[method-assign,assignment]


def _check_layers(request: RequestContext, given: dict[str, Any]) -> dict[str, Any]:
    """Say of each digest whether the repository has it: as a blob of the registry's folder, where there is one."""
    from localcloud.api.record import backend, instance, is_bound
    from localcloud.image import Repository

    repository = backend("ecr", request.region)._get_repository(given["repositoryName"])
    sizes = Repository(instance().registry, repository.name).sizes() if is_bound() else {}
    return {
        "layers": [
            {"layerDigest": digest, "layerAvailability": "AVAILABLE", "layerSize": sizes[digest]}
            if digest in sizes
            else {"layerDigest": digest, "layerAvailability": "UNAVAILABLE"}
            for digest in given["layerDigests"]
        ],
        "failures": [],
    }


def _read_folder(repository: Any) -> None:
    from moto.ecr.models import Image

    from localcloud.api.record import instance, is_bound
    from localcloud.image import MANIFEST_TYPE, Repository

    if not is_bound():
        return
    folder = Repository(instance().registry, repository.name)
    changed_at = folder.changed_at()
    if getattr(repository, "local_changed_at", None) == changed_at:
        return
    by_digest: dict[str, Any] = {}
    for tagged in folder.images():
        image = by_digest.get(tagged.digest)
        if image is None:
            arguments = (
                repository.account_id,
                tagged.tag,
                tagged.manifest,
                repository.name,
                MANIFEST_TYPE,
                tagged.digest,
            )
            by_digest[tagged.digest] = Image(*arguments)  # type: ignore[arg-type]
        elif tagged.tag:
            image.update_tag(tagged.tag)
    repository.images = list(by_digest.values())
    repository.local_changed_at = changed_at


def _ensure_replica(backend: Any, name: str) -> None:
    """Make the repository that ECR's replication would have made here when the source region got its first image."""
    from moto.ecr.models import ecr_backends

    if name in backend.repositories:
        return
    for other in list(ecr_backends[backend.account_id].values()):
        rules = (getattr(other, "replication_config", None) or {}).get("rules", [])
        regions = {to["region"] for rule in rules for to in rule.get("destinations", [])}
        if backend.region_name in regions and name in other.repositories:
            source = other.repositories[name]
            backend.create_repository(
                repository_name=name,
                registry_id=None,
                encryption_config=None,
                image_scan_config=source.image_scanning_configuration,
                image_tag_mutability=source.image_tag_mutability,
                image_tag_mutability_exclusion_filters=None,
                tags=[],
            )
            return
