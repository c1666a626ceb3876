"""S3: a bucket is in one region. Requests signed for another one are sent there, and so fail when it is lost.

SDKs follow: they sign again for the region that the answer names.
https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
"""

import re
from collections.abc import Callable
from typing import Any, Final

_SIGNED_FOR: Final = re.compile(r"^[^/]+/\d{8}/([a-z0-9-]+)/s3/")


def patch() -> None:
    """Let moto, which has one S3 for all regions, look at the signature's region. Repeating it changes nothing."""
    from moto.s3.responses import S3Response

    responses: Any = S3Response
    if hasattr(responses, "has_regions"):
        return
    responses._bucket_response = _in_its_region(responses._bucket_response, _works_anywhere)
    responses._key_response = _in_its_region(responses._key_response, lambda *_: False)
    responses.has_regions = True


def _in_its_region(answer: Any, works_anywhere: Callable[[Any, str], bool]) -> Any:
    def in_its_region(self: Any, request: Any, full_url: str) -> Any:
        bucket = self.backend.buckets.get(self.bucket_name)
        asked = _signed_for(self)
        if bucket is None or not asked or asked == bucket.region_name or works_anywhere(self, request.method):
            return answer(self, request, full_url)
        return 301, {"x-amz-bucket-region": bucket.region_name}, _elsewhere(self.bucket_name, bucket.region_name)

    return in_its_region


def _signed_for(response: Any) -> str:
    _, _, credential = response.headers.get("Authorization", "").partition("Credential=")
    found = _SIGNED_FOR.match(credential or response.querystring.get("X-Amz-Credential", [""])[0])
    return found.group(1) if found else ""


def _works_anywhere(response: Any, method: str) -> bool:
    """Say whether any region answers: where a bucket is, and that its name is taken."""
    return "location" in response.querystring or (method == "PUT" and not response.querystring)


def _elsewhere(bucket: str, region: str) -> str:
    return (
        '<?xml version="1.0" encoding="UTF-8"?><Error><Code>PermanentRedirect</Code>'
        "<Message>The bucket you are attempting to access must be addressed using the specified endpoint."
        f"</Message><Bucket>{bucket}</Bucket><Endpoint>s3.{region}.amazonaws.com</Endpoint></Error>"
    )
