import contextlib
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import aiohttp
import msgspec
import pytest

from app.aws.client import Answer
from app.aws.credentials import RENEW_BEFORE_S, Credentials
from app.aws.errors import AwsError
from app.aws.objects import PART_BYTES, ObjectStore

# credentials


class FakeEndpoint:
    """Stands for aiohttp's session: answers with keys that last ten minutes, or fails."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, dict[str, str]]] = []
        self.fails = False
        self.now = 1_000_000.0

    @contextlib.asynccontextmanager
    async def get(self, uri: str, *, headers: dict[str, str], timeout: object) -> AsyncIterator["FakeEndpoint"]:
        self.asked.append((uri, headers))
        if self.fails:
            raise aiohttp.ClientConnectionError
        yield self

    def raise_for_status(self) -> None:
        pass

    async def read(self) -> bytes:
        expires = datetime.fromtimestamp(self.now + 600, UTC)
        return msgspec.json.encode(
            {"AccessKeyId": f"key{len(self.asked)}", "SecretAccessKey": "s", "Token": "t", "Expiration": expires}
        )


def credentials(endpoint: FakeEndpoint, **environ: str) -> Credentials:
    return Credentials(endpoint, environ, clock=lambda: endpoint.now)  # type: ignore[arg-type]


async def test_keys_of_the_environment_come_first() -> None:
    endpoint = FakeEndpoint()
    keys = await credentials(endpoint, AWS_ACCESS_KEY_ID="a", AWS_SECRET_ACCESS_KEY="b").read()
    assert (keys.access_key, keys.secret_key, keys.token, endpoint.asked) == ("a", "b", None, [])


async def test_container_credentials_are_renewed_before_they_end() -> None:
    endpoint = FakeEndpoint()
    container = credentials(
        endpoint, AWS_CONTAINER_CREDENTIALS_RELATIVE_URI="/v2/x", AWS_CONTAINER_AUTHORIZATION_TOKEN="z"
    )
    assert [(await container.read()).access_key for _ in range(3)] == ["key1"] * 3
    assert endpoint.asked == [("http://169.254.170.2/v2/x", {"Authorization": "z"})]
    endpoint.now += 600 - RENEW_BEFORE_S
    assert (await container.read()).access_key == "key2"


async def test_old_credentials_serve_while_renewal_fails_but_not_past_their_end() -> None:
    endpoint = FakeEndpoint()
    container = credentials(endpoint, AWS_CONTAINER_CREDENTIALS_FULL_URI="http://127.0.0.4/v2/x")
    await container.read()
    endpoint.fails = True
    endpoint.now += 599
    assert (await container.read()).access_key == "key1"
    endpoint.now += 1
    with pytest.raises(AwsError):
        await container.read()


async def test_no_credentials_at_all_is_an_error_in_words() -> None:
    with pytest.raises(AwsError, match="neither keys nor a container credential URI"):
        await credentials(FakeEndpoint()).read()


# objects


class FakeS3:
    """Records calls; an answer may be an error."""

    def __init__(self, *, fails_at: str = "") -> None:
        self.calls: list[tuple[str, str, int]] = []
        self.fails_at = fails_at

    async def s3(self, _: str, method: str, bucket: str, path: str, *, body: Any = b"", **__: Any) -> Answer:
        if not isinstance(body, bytes):
            body = b"".join([chunk async for chunk in body])
        self.calls.append((method, path, len(body)))
        if self.fails_at and self.fails_at in path and method != "DELETE":
            raise AwsError(code="s3", message="", status=500)
        return Answer(200, {"etag": '"tag"'}, b"<UploadId>a+b</UploadId>")


def store(fake: FakeS3) -> ObjectStore:
    return ObjectStore(fake, region="r", bucket="b")  # type: ignore[arg-type]


async def stream(size: int, piece: int = 1_000_000) -> AsyncIterator[bytes]:
    while size > 0:
        yield b"x" * min(size, piece)
        size -= piece


async def test_a_stream_of_known_length_passes_through_in_one_request() -> None:
    fake = FakeS3()
    await store(fake).put("k", stream(3 * PART_BYTES), length=3 * PART_BYTES, content_type="t")
    assert fake.calls == [("PUT", "k", 3 * PART_BYTES)]


@pytest.mark.parametrize("size", [0, 1, PART_BYTES - 1])
async def test_a_small_stream_of_unknown_length_is_one_request(size: int) -> None:
    fake = FakeS3()
    await store(fake).put("k", stream(size), length=None, content_type="t")
    assert fake.calls == [("PUT", "k", size)]


async def test_a_large_stream_of_unknown_length_goes_in_parts() -> None:
    fake = FakeS3()
    await store(fake).put("k", stream(2 * PART_BYTES + 5), length=None, content_type="t")
    assert [(method, path) for method, path, _ in fake.calls] == [
        ("POST", "k?uploads="),
        ("PUT", "k?partNumber=1&uploadId=a%2Bb"),
        ("PUT", "k?partNumber=2&uploadId=a%2Bb"),
        ("PUT", "k?partNumber=3&uploadId=a%2Bb"),
        ("POST", "k?uploadId=a%2Bb"),
    ]
    assert [size for method, _, size in fake.calls if method == "PUT"] == [PART_BYTES, PART_BYTES, 5]


@pytest.mark.parametrize("where", ["partNumber=2", "k?uploadId"])
async def test_a_multipart_upload_that_fails_is_aborted(where: str) -> None:
    fake = FakeS3(fails_at=where)
    with pytest.raises(AwsError):
        await store(fake).put("k", stream(2 * PART_BYTES), length=None, content_type="t")
    assert fake.calls[-1][:2] == ("DELETE", "k?uploadId=a%2Bb")
