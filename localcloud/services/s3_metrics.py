"""S3: configurations of request metrics, which moto lacks. Operations are listed in `s3`; nothing counts."""

from typing import Any

from localcloud.api.emulated import stored

_MISSING = (
    '<?xml version="1.0" encoding="UTF-8"?><Error><Code>NoSuchConfiguration</Code>'
    "<Message>The specified configuration does not exist.</Message></Error>"
)


def patch() -> None:
    """Keep each configuration as the text that it was put as."""
    from moto.s3.responses import S3Response

    response: Any = S3Response
    if hasattr(response, "keeps_metrics"):
        return
    answer = response._bucket_response

    def bucket_response(self: Any, request: Any, full_url: str) -> Any:
        query = self._get_querystring(request, full_url)
        if "metrics" not in query or "id" not in query:
            return answer(self, request, full_url)
        bucket = self.parse_bucket_name_from_url(request, full_url)
        self.backend.head_bucket(bucket)
        kept = stored("s3", self.current_account, "aws").setdefault("metrics", {})
        return _answer(kept, f"{bucket}:{query['id'][0]}", request.method, self.body)

    response._bucket_response, response.keeps_metrics = bucket_response, True


def _answer(kept: dict[str, Any], key: str, method: str, body: str | bytes) -> tuple[int, dict[str, str], Any]:
    if method == "PUT":
        kept[key] = body
        return 204, {}, ""
    if key not in kept:
        return 404, {}, _MISSING
    if method == "DELETE":
        del kept[key]
        return 204, {}, ""
    return 200, {}, kept[key]
