"""What S3 checks of a body before it keeps it: the signed hash, Content-MD5, checksums, the chunks' frame. Pure."""

import base64
import binascii
import hashlib
import re
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

_HEX: Final = re.compile(r"[0-9a-f]{64}")
STREAMING: Final = "STREAMING-"


class BadPayloadError(Exception):
    """S3 refuses the body: an error code, and a message."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code, self.message = code, message


@dataclass(frozen=True)
class Payload:
    """A body without its frame, and the headers (lower case) that hold for it: those of its trailer too."""

    body: bytes
    headers: Mapping[str, str]


CUT: Final = BadPayloadError("IncompleteBody", "The request body terminated unexpectedly")
_LINE: Final = 512
"""No chunk's first line is longer."""


def unpacked(body: bytes, headers: Mapping[str, str], *, sums_of_body: bool = True) -> Payload:
    """Return what is meant by a body. Raises BadPayloadError for what S3 refuses.

    `sums_of_body`: whether checksums are the body's; those of CompleteMultipartUpload are the object's.
    """
    said = headers.get("x-amz-content-sha256", "")
    if _HEX.fullmatch(said) and hashlib.sha256(body).hexdigest() != said:
        raise BadPayloadError(
            "XAmzContentSHA256Mismatch", "The provided 'x-amz-content-sha256' header does not match what was computed."
        )
    trailer: dict[str, str] = {}
    if said.startswith(STREAMING):
        body, trailer = _without_chunks(body)
        length = headers.get("x-amz-decoded-content-length", "")
        if length.isdecimal() and int(length) != len(body):
            raise CUT
    _check_md5(body, headers.get("content-md5"))
    for name, value in {**headers, **trailer}.items() if sums_of_body else ():
        _check_sum(body, name, value)
    return Payload(body, trailer)


def _without_chunks(body: bytes) -> tuple[bytes, dict[str, str]]:
    """Take a body of content encoding `aws-chunked` apart: its bytes, and the trailer's headers."""
    parts: list[bytes] = []
    place, size = 0, 1
    while size:
        line, mark, _ = body[place : place + _LINE].partition(b"\r\n")
        length = line.split(b";")[0]
        if not mark or not re.fullmatch(rb"[0-9a-fA-F]+", length):
            raise CUT
        place, size = place + len(line) + 2, int(length, 16)
        if size:
            parts.append(body[place : place + size])
            place += size + 2
            if body[place - 2 : place] != b"\r\n":
                raise CUT
    lines = (line.partition(":") for line in body[place:].decode("latin-1").split("\r\n") if ":" in line)
    return b"".join(parts), {name.strip().lower(): value.strip() for name, _, value in lines}


def _check_md5(body: bytes, said: str | None) -> None:
    if said is None:
        return
    try:
        digest = base64.b64decode(said, validate=True)
    except binascii.Error:
        digest = b""
    if len(digest) != hashlib.md5(usedforsecurity=False).digest_size:
        raise BadPayloadError("InvalidDigest", "The Content-MD5 you specified was invalid.")
    if hashlib.md5(body, usedforsecurity=False).digest() != digest:
        raise BadPayloadError("BadDigest", "The Content-MD5 you specified did not match what we received.")


_SUMS: Final[Mapping[str, Callable[[bytes], bytes]]] = {
    "x-amz-checksum-crc32": lambda body: zlib.crc32(body).to_bytes(4, "big"),
    "x-amz-checksum-sha1": lambda body: hashlib.sha1(body, usedforsecurity=False).digest(),
    "x-amz-checksum-sha256": lambda body: hashlib.sha256(body).digest(),
}
"""CRC32C and CRC64NVME are kept as they are given: Python has neither."""


def _check_sum(body: bytes, name: str, value: str) -> None:
    compute = _SUMS.get(name)
    if compute is not None and base64.b64encode(compute(body)).decode() != value:
        word = name.removeprefix("x-amz-checksum-").upper()
        raise BadPayloadError("BadDigest", f"The {word} you specified did not match the calculated checksum.")
