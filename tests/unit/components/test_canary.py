"""The canary: the script that it runs, and the journey in it."""

import base64
import io
import zipfile
from pathlib import Path

import pulumi
import pytest

from components.observability import site_canary
from components.observability.canary import Canary, CanaryArgs, zipped
from tests.unit.components.kit import Cloud, build, specimen


@specimen(Canary)
def canary(cloud: Cloud, opts: pulumi.ResourceOptions | None = None) -> Canary:
    args = CanaryArgs(
        canary_name="breiq",
        site_url="https://breiq.test",
        every_minutes=5,
        runtime="syn-python-selenium-6.0",
        role_arn="arn:canary",
        code_bucket="breiq-static",
        artifact_bucket="breiq-logs",
        provider=cloud.west,
    )
    return Canary("canary", args, opts)


def test_the_canary_runs_the_script_that_it_brings() -> None:
    made = build(canary)
    assert made.tree() == ["s3.BucketObjectv2 canary-script: us-west-2", "synthetics.Canary canary: us-west-2"]
    script, given = made.inputs("s3.BucketObjectv2"), made.inputs("synthetics.Canary")
    assert (given["s3Bucket"], given["s3Key"]) == (script["bucket"], script["key"])
    assert given["runConfig"]["environmentVariables"] == {"SITE_URL": "https://breiq.test"}
    assert given["schedule"]["expression"] == "rate(5 minutes)"
    packed = zipfile.ZipFile(io.BytesIO(base64.b64decode(script["contentBase64"])))
    (entry,) = packed.infolist()
    assert f"{entry.filename}:{given['handler']}" == "python/site_canary.py:site_canary.handler"
    assert packed.read(entry).decode() == Path(site_canary.__file__).read_text()


def test_the_same_script_is_the_same_file() -> None:
    assert zipped("a") == zipped("a") != zipped("b")


def test_the_canarys_journey_fails_at_the_first_wrong_step() -> None:
    asked: list[str] = []

    def site(url: str) -> tuple[int, bytes]:
        asked.append(url)
        return (200, b'{"status": "ok"}') if url.endswith("health") else (200, b'{"other": []}')

    with pytest.raises(site_canary.StepError) as failed:
        site_canary.journey("https://one.test", site)
    assert failed.value.url == asked[-1] == "https://one.test/api/videos?limit=1"
    site_canary.journey("https://one.test", lambda _: (200, b'{"status": "ok", "videos": []}'))
