"""ECR: which digest a tag means now, and whether an image can be pulled and run."""

import json
from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from aws.calls import typed_errors
from aws.errors import NotFound

if TYPE_CHECKING:
    from mypy_boto3_ecr import ECRClient

    from aws.session import Session


LAYERS: Final = 100
"""Digests that one question may name. Source: BatchCheckLayerAvailability."""


class Ecr:
    """ECR of one region."""

    def __init__(self, session: "Session") -> None:
        self.region, self._session = session.region, session

    @cached_property
    def _client(self) -> "ECRClient":
        client: ECRClient = self._session.client("ecr")
        return client

    def digest(self, repository: str, image: str) -> str:
        """Return the digest (`sha256:…`) of an image by tag or digest. Raises NotFound."""
        wanted: Any = {"imageDigest": image} if image.startswith("sha256:") else {"imageTag": image}
        with typed_errors("ecr:DescribeImages", self.region):
            answer = self._client.describe_images(repositoryName=repository, imageIds=[wanted])
        return str(answer["imageDetails"][0]["imageDigest"])

    def problem(self, repository: str, digest: str, architecture: str) -> str | None:
        """Return why an image cannot be pulled to run on linux and `architecture`; None when it can. Raises NotFound.

        Its manifest is read, the platform looked for where the manifest is an index, and its config and each of its
        layers looked for.
        """
        manifest = self._manifest(repository, digest)
        if "manifests" in manifest:
            wanted = {"os": "linux", "architecture": architecture}
            fits = [one for one in manifest["manifests"] if wanted.items() <= one.get("platform", {}).items()]
            if not fits:
                return f"it is not made for linux/{architecture}"
            manifest = self._manifest(repository, fits[0]["digest"])
        parts = [manifest.get("config", {}), *manifest.get("layers", [])]
        digests = [str(part.get("digest", "")) for part in parts]
        if len(digests) < 2 or "" in digests:
            return "its manifest names no config or no layers"
        missing = self._missing_layers(repository, digests)
        return f"{len(missing)} of its {len(digests)} parts are missing: {missing[0]}" if missing else None

    def _manifest(self, repository: str, digest: str) -> Mapping[str, Any]:
        with typed_errors("ecr:BatchGetImage", self.region):
            answer = self._client.batch_get_image(repositoryName=repository, imageIds=[{"imageDigest": digest}])
        if not answer.get("images"):
            raise NotFound(
                "not_found",
                "permanent",
                f"image {digest} of {repository}",
                call="ecr:BatchGetImage",
                region=self.region,
            )
        try:
            found = json.loads(answer["images"][0]["imageManifest"])
        except json.JSONDecodeError:
            return {}
        return found if isinstance(found, dict) else {}

    def _missing_layers(self, repository: str, digests: list[str]) -> list[str]:
        available: set[str] = set()
        for start in range(0, len(digests), LAYERS):
            with typed_errors("ecr:BatchCheckLayerAvailability", self.region):
                answer = self._client.batch_check_layer_availability(
                    repositoryName=repository, layerDigests=digests[start : start + LAYERS]
                )
            available |= {
                str(one.get("layerDigest")) for one in answer["layers"] if one.get("layerAvailability") == "AVAILABLE"
            }
        return [digest for digest in digests if digest not in available]

    def tags(self, repository: str) -> dict[str, str]:
        """Return every tag of a repository with its digest, the newest image first."""
        with typed_errors("ecr:DescribeImages", self.region):
            pages = self._client.get_paginator("describe_images").paginate(repositoryName=repository)
            images = [image for page in pages for image in page["imageDetails"]]
        images.sort(key=lambda image: str(image.get("imagePushedAt", "")), reverse=True)
        return {str(tag): str(image["imageDigest"]) for image in images for tag in image.get("imageTags", [])}
