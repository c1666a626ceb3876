"""ECR: which digest a tag means now."""

from functools import cached_property
from typing import TYPE_CHECKING, Any

from aws.errors import typed_errors

if TYPE_CHECKING:
    from mypy_boto3_ecr import ECRClient

    from aws.session import Session


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

    def tags(self, repository: str) -> dict[str, str]:
        """Return every tag of a repository with its digest, the newest image first."""
        with typed_errors("ecr:DescribeImages", self.region):
            pages = self._client.get_paginator("describe_images").paginate(repositoryName=repository)
            images = [image for page in pages for image in page["imageDetails"]]
        images.sort(key=lambda image: str(image.get("imagePushedAt", "")), reverse=True)
        return {str(tag): str(image["imageDigest"]) for image in images for tag in image.get("imageTags", [])}
