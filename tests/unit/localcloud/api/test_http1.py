import asyncio

import pytest

from localcloud.api.http1 import BadHeadError, Head, copy_body, read_head


def _reader(content: bytes) -> asyncio.StreamReader:
    reader = asyncio.StreamReader(limit=65536)
    reader.feed_data(content)
    reader.feed_eof()
    return reader


async def _head(content: bytes) -> Head:
    head = await read_head(_reader(content))
    assert head is not None
    return head


@pytest.mark.parametrize("content", [b"GET / HT", b"SSH-2.0-x\r\n\r\n"])
async def test_what_is_no_http_is_an_error(content: bytes) -> None:
    with pytest.raises(BadHeadError):
        await read_head(_reader(content))


async def test_the_end_of_a_connection_is_no_head() -> None:
    assert await read_head(_reader(b"")) is None


@pytest.mark.parametrize(
    ("headers", "body", "left"),
    [
        (b"content-length: 5\r\n", b"hello", b"next"),
        (b"transfer-encoding: chunked\r\n", b"3;x=y\r\nabc\r\n2\r\nde\r\n0\r\nt: 1\r\n\r\n", b"next"),
        (b"", b"", b"next"),
    ],
)
async def test_a_body_is_copied_as_it_is_framed_and_no_further(headers: bytes, body: bytes, left: bytes) -> None:
    reader = _reader(b"PUT / HTTP/1.1\r\n" + headers + b"\r\n" + body + left)
    head = await read_head(reader)
    assert head is not None
    copied = bytearray()

    async def write(block: bytes) -> None:
        copied.extend(block)

    assert await copy_body(head, reader, write)
    assert bytes(copied) == body
    assert await reader.read() == left


async def test_an_unframed_answer_goes_on_until_the_end() -> None:
    reader = _reader(b"HTTP/1.0 200 OK\r\n\r\nall of it")
    head = await read_head(reader)
    assert head is not None
    copied = bytearray()

    async def write(block: bytes) -> None:
        copied.extend(block)

    assert not await copy_body(head, reader, write, until_end=True)
    assert bytes(copied) == b"all of it"


async def test_a_body_that_ends_too_early_is_an_error() -> None:
    reader = _reader(b"PUT / HTTP/1.1\r\ncontent-length: 9\r\n\r\nshort")
    head = await read_head(reader)
    assert head is not None

    async def write(_: bytes) -> None:
        return

    with pytest.raises(asyncio.IncompleteReadError):
        await copy_body(head, reader, write)
