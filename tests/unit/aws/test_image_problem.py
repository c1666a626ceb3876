"""An image that is listed is not an image that runs: its manifest, platform and parts are looked at."""

import json
from types import SimpleNamespace
from typing import Any

import pytest

from aws.ecr import Ecr
from aws.errors import NotFound

PLAIN = {"config": {"digest": "sha256:c"}, "layers": [{"digest": "sha256:1"}, {"digest": "sha256:2"}]}
INDEX = {
    "manifests": [
        {"digest": "sha256:attestation", "platform": {"os": "unknown", "architecture": "unknown"}},
        {"digest": "sha256:plain", "platform": {"os": "linux", "architecture": "arm64"}},
    ]
}


class FakeClient:
    """A repository of manifests; `missing` are parts that it lacks."""

    def __init__(self, manifests: dict[str, str], missing: tuple[str, ...] = ()) -> None:
        self.manifests, self.missing = manifests, missing

    def batch_get_image(self, *, repositoryName: str, imageIds: list[dict[str, str]]) -> Any:  # noqa: N803
        text = self.manifests.get(imageIds[0]["imageDigest"])
        return {"images": [] if text is None else [{"imageManifest": text}]}

    def batch_check_layer_availability(self, *, repositoryName: str, layerDigests: list[str]) -> Any:  # noqa: N803
        return {
            "layers": [
                {"layerDigest": one, "layerAvailability": "UNAVAILABLE" if one in self.missing else "AVAILABLE"}
                for one in layerDigests
            ]
        }


def ecr(*missing: str, **manifests: Any) -> Ecr:
    texts = {f"sha256:{name}": m if isinstance(m, str) else json.dumps(m) for name, m in manifests.items()}
    session: Any = SimpleNamespace(region="us-west-2", client=lambda _name: FakeClient(texts, missing))
    return Ecr(session)


def test_an_image_with_all_its_parts_can_be_pulled() -> None:
    assert ecr(plain=PLAIN).problem("app", "sha256:plain", "amd64") is None
    assert ecr(plain=PLAIN, index=INDEX).problem("app", "sha256:index", "arm64") is None


@pytest.mark.parametrize("missing", ["sha256:c", "sha256:2"])
def test_a_missing_part_is_named(missing: str) -> None:
    assert missing in str(ecr(missing, plain=PLAIN).problem("app", "sha256:plain", "amd64"))


def test_another_platform_is_named() -> None:
    assert "linux/amd64" in str(ecr(plain=PLAIN, index=INDEX).problem("app", "sha256:index", "amd64"))


@pytest.mark.parametrize("manifest", ["no json", "[]", {}, {"config": {}, "layers": [{}]}, {"config": {"digest": "x"}}])
def test_a_manifest_that_is_none_is_a_problem(manifest: Any) -> None:
    assert ecr(plain=manifest).problem("app", "sha256:plain", "amd64") == "its manifest names no config or no layers"


def test_an_image_that_is_not_there_is_not_found() -> None:
    with pytest.raises(NotFound):
        ecr().problem("app", "sha256:plain", "amd64")
    with pytest.raises(NotFound):
        ecr(index=INDEX).problem("app", "sha256:index", "arm64")
