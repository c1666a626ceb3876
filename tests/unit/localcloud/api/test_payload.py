"""Bodies that S3 refuses: checksums, chunks, the signatures of chunks."""

import base64
import hashlib
import hmac
import os
import zlib
from functools import partial

import pytest

from localcloud.api.crc import CRC32C, CRC64NVME, Crc
from localcloud.api.payload import BadPayloadError, Signer, unpacked
from localcloud.api.signature import Claim, part_signature
from localcloud.core.keys import Keys

BODY = b"some bytes"


def b64(content: bytes) -> str:
    return base64.b64encode(content).decode()


RIGHT = {
    "x-amz-content-sha256": hashlib.sha256(BODY).hexdigest(),
    "content-md5": b64(hashlib.md5(BODY).digest()),
    "x-amz-checksum-crc32": b64(zlib.crc32(BODY).to_bytes(4, "big")),
    "x-amz-checksum-crc32c": b64(CRC32C.digest(BODY)),
    "x-amz-checksum-crc64nvme": b64(CRC64NVME.digest(BODY)),
    "x-amz-checksum-sha1": b64(hashlib.sha1(BODY).digest()),
    "x-amz-checksum-sha256": b64(hashlib.sha256(BODY).digest()),
}


@pytest.mark.parametrize(("name", "value"), RIGHT.items())
def test_a_body_that_is_not_what_was_said_of_it_is_refused(name: str, value: str) -> None:
    assert unpacked(BODY, {name: value}).body == BODY
    with pytest.raises(BadPayloadError) as refused:
        unpacked(BODY + b"!", {name: value})
    assert refused.value.code in ("XAmzContentSHA256Mismatch", "BadDigest")


def test_a_checksum_of_the_whole_object_is_not_the_body_s() -> None:
    assert unpacked(
        b"<CompleteMultipartUpload/>",
        RIGHT | {"x-amz-content-sha256": "", "content-md5": b64(hashlib.md5(b"<CompleteMultipartUpload/>").digest())},
        sums_of_body=False,
    )


def test_no_md5_at_all_is_another_error() -> None:
    with pytest.raises(BadPayloadError) as refused:
        unpacked(BODY, {"content-md5": "not one"})
    assert refused.value.code == "InvalidDigest"


CHUNKED = {"x-amz-content-sha256": "STREAMING-UNSIGNED-PAYLOAD-TRAILER", "x-amz-decoded-content-length": "10"}


def test_chunks_are_put_together_and_their_trailer_is_checked() -> None:
    crc = RIGHT["x-amz-checksum-crc32"].encode()
    sent = b"4\r\nsome\r\n6;chunk-signature=0\r\n bytes\r\n0\r\nx-amz-checksum-crc32:" + crc + b"\r\n\r\n"
    assert unpacked(sent, CHUNKED).body == BODY
    assert unpacked(sent, CHUNKED).headers == {"x-amz-checksum-crc32": crc.decode()}
    with pytest.raises(BadPayloadError) as refused:
        unpacked(sent.replace(b" bytes", b" BYTES"), CHUNKED)
    assert refused.value.code == "BadDigest"


@pytest.mark.parametrize(
    "sent", [b"4\r\nsome\r\n", b"4\r\nso", b"zz\r\nsome\r\n0\r\n\r\n", b"4\r\nsome\r\n0\r\n\r\n", b""]
)
def test_what_is_cut_short_is_refused(sent: bytes) -> None:
    with pytest.raises(BadPayloadError) as refused:
        unpacked(sent, CHUNKED)
    assert refused.value.code == "IncompleteBody"


@pytest.mark.parametrize(("crc", "expected"), [(CRC32C, "e3069283"), (CRC64NVME, "ae8b14860a799888")])
def test_checksums_are_those_of_the_catalogue_whatever_the_length(crc: Crc, expected: str) -> None:
    assert crc.digest(b"123456789").hex() == expected
    for length in (0, 1, 4096, 4097, 4099, 70001):
        body = os.urandom(length)
        register = (1 << crc.width) - 1
        for byte in body:
            register ^= byte
            for _ in range(8):
                register = (register >> 1) ^ (crc.polynomial if register & 1 else 0)
        assert crc.digest(body) == (register ^ ((1 << crc.width) - 1)).to_bytes(crc.width // 8, "big"), length


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({"x-amz-checksum-crc32c": "not one"}, "InvalidRequest"),
        ({"x-amz-checksum-crc64nvme": b64(b"1234")}, "InvalidRequest"),
        ({"x-amz-sdk-checksum-algorithm": "CRC64NVME"}, "InvalidRequest"),
        ({"x-amz-trailer": "x-amz-checksum-crc32"}, "MalformedTrailerError"),
    ],
)
def test_a_checksum_that_is_none_or_does_not_come_is_refused(headers: dict[str, str], code: str) -> None:
    with pytest.raises(BadPayloadError) as refused:
        unpacked(BODY, headers)
    assert refused.value.code == code


KEYS = Keys("AKIAEXAMPLE", "the secret")
CLAIM = Claim(
    KEYS.access_key_id, "20260101/us-east-1/s3/aws4_request", ("host",), "5eed", "20260101T000000Z", None, None
)


def of(secret: str) -> Signer:
    return partial(part_signature, CLAIM, secret)


def streamed(contents: list[bytes], trailer: str = "", *, secret: str = KEYS.secret_access_key) -> bytes:
    """Return a body as an SDK streams it: each chunk signed after the one before, beginning with the request's own."""
    before, sent = CLAIM.signature, b""
    empty = hashlib.sha256(b"").hexdigest()
    for content in [*contents, b""]:
        before = of(secret)("PAYLOAD", before, f"{empty}\n{hashlib.sha256(content).hexdigest()}")
        end = b"\r\n" if content else b""
        sent += b"%x;chunk-signature=%s\r\n" % (len(content), before.encode()) + content + end
    if trailer:
        signature = of(secret)("TRAILER", before, hashlib.sha256(f"{trailer}\n".encode()).hexdigest())
        sent += f"{trailer}\r\nx-amz-trailer-signature:{signature}\r\n".encode()
    return sent + b"\r\n"


PARTS = [b"a" * 8192, b"b" * 8192, BODY]
SIGNED = {
    "x-amz-content-sha256": "STREAMING-AWS4-HMAC-SHA256-PAYLOAD",
    "x-amz-decoded-content-length": str(sum(map(len, PARTS))),
    "authorization": "AWS4-HMAC-SHA256 Credential=…, Signature=5eed",
}
TRAILER = f"x-amz-checksum-crc32c:{b64(CRC32C.digest(b''.join(PARTS)))}"
WITH_TRAILER = {**SIGNED, "x-amz-content-sha256": "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER"}


def test_the_signatures_of_chunks_are_those_of_aws_s_own_example() -> None:
    claim = Claim("AKIAIOSFODNN7EXAMPLE", "20130524/us-east-1/s3/aws4_request", (), "", "20130524T000000Z", None, None)
    before = "4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9"
    hashes = f"{hashlib.sha256(b'').hexdigest()}\n{hashlib.sha256(b'a' * 65536).hexdigest()}"
    found = part_signature(claim, "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "PAYLOAD", before, hashes)
    assert hmac.compare_digest(found, "ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648")


def test_chunks_that_are_signed_are_put_together() -> None:
    signer = of(KEYS.secret_access_key)
    assert unpacked(streamed(PARTS), SIGNED, signer).body == b"".join(PARTS)
    found = unpacked(streamed(PARTS, TRAILER), WITH_TRAILER, signer)
    assert found.headers == dict([TRAILER.split(":")])


@pytest.mark.parametrize(
    ("sent", "headers"),
    [
        (streamed(PARTS).replace(b"some bytes", b"SOME bytes"), SIGNED),
        (streamed(PARTS, secret="guess"), SIGNED),
        (streamed([PARTS[1], PARTS[0], BODY]).replace(b"aaaa", b"bbbb"), SIGNED),
        (streamed(PARTS, TRAILER).replace(b"crc32c:", b"crc32:"), WITH_TRAILER),
        (streamed(PARTS), WITH_TRAILER),
        (streamed(PARTS).replace(b";chunk-signature=", b";other="), SIGNED),
    ],
)
def test_a_chunk_or_trailer_that_is_not_signed_so_is_refused(sent: bytes, headers: dict[str, str]) -> None:
    with pytest.raises(BadPayloadError) as refused:
        unpacked(sent, headers, of(KEYS.secret_access_key))
    assert (refused.value.code, refused.value.status) == ("SignatureDoesNotMatch", 403)


def test_signed_chunks_of_nobody_known_and_small_ones_are_refused() -> None:
    for parts, signer, code in (
        (PARTS, None, "SignatureDoesNotMatch"),
        ([BODY, *PARTS], of(KEYS.secret_access_key), "InvalidChunkSizeError"),
    ):
        with pytest.raises(BadPayloadError) as refused:
            unpacked(streamed(parts), SIGNED, signer)
        assert refused.value.code == code
