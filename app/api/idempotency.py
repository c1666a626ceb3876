"""A repeated write gets the first answer; another body under the same Idempotency-Key is refused.

The key is kept by the very statement that writes, so that either both last or neither.
"""

from app.backend import Backend
from app.errors import ApiError


def reused() -> ApiError:
    """Return the refusal of a key that was used for something else."""
    return ApiError(422, "idempotency_key_reused", "This Idempotency-Key was used for another request.")


async def first_answer(backend: Backend, scope: str, key: str, mark: str) -> bytes:
    """Return the answer that was given first under `key`; raises ApiError 422 when that request was another one."""
    rows = await backend.database.read(
        "select fingerprint, answer from idempotency_keys where scope = $1 and key = $2", scope, key
    )
    if not rows:
        raise ApiError(
            503, "database_busy", "The first request under this Idempotency-Key is under way.", retry_after_s=1
        )
    if rows[0]["fingerprint"] != mark:
        raise reused()
    return str(rows[0]["answer"]).encode()
