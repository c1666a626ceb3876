"""What S3 checks of a body before it keeps it: the signed hash, Content-MD5, checksums, chunks and signatures. Pure.

https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html
"""

import base64
import binascii
import hashlib
import hmac
import re
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from localcloud.api.crc import CRC32C, CRC64NVME

_HEX: Final = re.compile(r"[0-9a-f]{64}")
STREAMING: Final = "STREAMING-"
SIGNED_CHUNKS: Final = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"
TRAILER_SIGNATURE: Final = "x-amz-trailer-signature"

Signer = Callable[[str, str, str], str]
"""Returns the signature of a part of a body: from what kind of part it is (`PAYLOAD`, `TRAILER`), the signature before
it, and the part's hashes."""


class BadPayloadError(Exception):
    """S3 refuses the body: an error code, a message, and the status of the answer."""

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.code, self.message, self.status = code, message, status


@dataclass(frozen=True)
class Payload:
    """A body without its frame, and the headers (lower case) that hold for it: those of its trailer too."""

    body: bytes
    headers: Mapping[str, str]


@dataclass(frozen=True)
class Chunk:
    """A part of a body of content encoding `aws-chunked`, and the signature that stands before it."""

    content: bytes
    signature: str


CUT: Final = BadPayloadError("IncompleteBody", "The request body terminated unexpectedly")
_LINE: Final = 512
"""No chunk's first line is longer."""
_SMALLEST: Final = 8192
"""No signed chunk but the last is smaller."""


def unpacked(
    body: bytes, headers: Mapping[str, str], signer: Signer | None = None, *, sums_of_body: bool = True
) -> Payload:
    """Return what is meant by a body. Raises BadPayloadError for what S3 refuses.

    `signer` signs chunks as the request's sender must have; `sums_of_body`: whether checksums are the body's; those of
    CompleteMultipartUpload are the object's.
    """
    said = headers.get("x-amz-content-sha256", "")
    if _HEX.fullmatch(said) and hashlib.sha256(body).hexdigest() != said:
        raise BadPayloadError(
            "XAmzContentSHA256Mismatch", "The provided 'x-amz-content-sha256' header does not match what was computed."
        )
    trailer: dict[str, str] = {}
    if said.startswith(STREAMING):
        body, trailer = _streamed(body, headers, signer)
    _check_md5(body, headers.get("content-md5"))
    if sums_of_body:
        _check_announced(headers, trailer)
        for name, value in {**headers, **trailer}.items():
            _check_sum(body, name, value)
    return Payload(body, trailer)


def _streamed(body: bytes, headers: Mapping[str, str], signer: Signer | None) -> tuple[bytes, dict[str, str]]:
    """Return the bytes of a body in chunks, and its trailer without the signature."""
    chunks, trailer = _chunks(body)
    if headers["x-amz-content-sha256"].startswith(SIGNED_CHUNKS):
        _check_signatures(chunks, trailer, headers, signer)
    whole = b"".join(chunk.content for chunk in chunks)
    length = headers.get("x-amz-decoded-content-length", "")
    if length.isdecimal() and int(length) != len(whole):
        raise CUT
    return whole, {name: value for name, value in trailer.items() if name != TRAILER_SIGNATURE}


def _chunks(body: bytes) -> tuple[list[Chunk], dict[str, str]]:
    """Take a body of content encoding `aws-chunked` apart: its chunks (the last is empty), the trailer's headers."""
    chunks: list[Chunk] = []
    place, size = 0, 1
    while size:
        line, mark, _ = body[place : place + _LINE].partition(b"\r\n")
        length, _, extension = line.partition(b";")
        if not mark or not re.fullmatch(rb"[0-9a-fA-F]+", length):
            raise CUT
        place, size = place + len(line) + 2, int(length, 16)
        chunks.append(Chunk(body[place : place + size], extension.decode("latin-1").partition("chunk-signature=")[2]))
        if size:
            place += size + 2
            if body[place - 2 : place] != b"\r\n":
                raise CUT
    lines = (line.partition(":") for line in body[place:].decode("latin-1").split("\r\n") if ":" in line)
    return chunks, {name.strip().lower(): value.strip() for name, _, value in lines}


def _check_signatures(
    chunks: list[Chunk], trailer: Mapping[str, str], headers: Mapping[str, str], signer: Signer | None
) -> None:
    """Each chunk is signed, in its place after the one before; the trailer after the last."""
    if signer is None:
        raise MISMATCH
    before = headers.get("authorization", "").rpartition("Signature=")[2].strip()
    for place, chunk in enumerate(chunks, 2):
        if len(chunk.content) < _SMALLEST and place < len(chunks):
            raise BadPayloadError("InvalidChunkSizeError", f"Only the last chunk may be smaller than {_SMALLEST} bytes")
        hashes = f"{_sha256(b'')}\n{_sha256(chunk.content)}"
        if not hmac.compare_digest(signer("PAYLOAD", before, hashes), chunk.signature):
            raise MISMATCH
        before = chunk.signature
    if not headers["x-amz-content-sha256"].endswith("-TRAILER"):
        return
    lines = "".join(f"{name}:{value}\n" for name, value in sorted(trailer.items()) if name != TRAILER_SIGNATURE)
    if not hmac.compare_digest(signer("TRAILER", before, _sha256(lines.encode())), trailer.get(TRAILER_SIGNATURE, "")):
        raise MISMATCH


MISMATCH: Final = BadPayloadError(
    "SignatureDoesNotMatch",
    "The request signature we calculated does not match the signature you provided. Check your key and signing method.",
    403,
)


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


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
    "x-amz-checksum-crc32c": CRC32C.digest,
    "x-amz-checksum-crc64nvme": CRC64NVME.digest,
    "x-amz-checksum-sha1": lambda body: hashlib.sha1(body, usedforsecurity=False).digest(),
    "x-amz-checksum-sha256": lambda body: hashlib.sha256(body).digest(),
}


def _check_announced(headers: Mapping[str, str], trailer: Mapping[str, str]) -> None:
    """A trailer that is announced comes; an algorithm that is named has its checksum."""
    announced = [name.strip().lower() for name in headers.get("x-amz-trailer", "").split(",") if name.strip()]
    if any(name not in trailer for name in announced):
        raise BadPayloadError(
            "MalformedTrailerError", "The request contained trailing data that was not well-formed or did not conform."
        )
    named = headers.get("x-amz-sdk-checksum-algorithm")
    if named and not any(name in _SUMS for name in (*headers, *trailer)) and "content-md5" not in headers:
        raise BadPayloadError(
            "InvalidRequest",
            "x-amz-sdk-checksum-algorithm specified, but no corresponding x-amz-checksum-* or x-amz-trailer headers "
            "were found.",
        )


def _check_sum(body: bytes, name: str, value: str) -> None:
    compute = _SUMS.get(name)
    if compute is None:
        return
    word, digest = name.removeprefix("x-amz-checksum-").upper(), compute(body)
    if _length_of(value) != len(digest):
        raise BadPayloadError("InvalidRequest", f"Value for {name} header is invalid.")
    if base64.b64encode(digest).decode() != value:
        raise BadPayloadError("BadDigest", f"The {word} you specified did not match the calculated checksum.")


def _length_of(value: str) -> int | None:
    try:
        return len(base64.b64decode(value, validate=True))
    except binascii.Error:
        return None
