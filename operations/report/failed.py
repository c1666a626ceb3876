"""The first requests that failed, as errors, documents and reports show them. Pure."""

from collections.abc import Sequence
from typing import Any, Final

from operations.prober.sample import READ_PATH, WRITE_PATH, Sample
from operations.report.text import rfc3339

MOST: Final = 5


def first_failed(samples: Sequence[Sample]) -> list[Sample]:
    """Return the first few requests that failed."""
    return [one for one in samples if not one.ok][:MOST]


def failed_request(sample: Sample) -> dict[str, Any]:
    """Return a request as documents carry it. What its answer did not say is null; a task says its colour alone."""
    return {
        "at": rfc3339(sample.at),
        "method": "GET" if sample.kind == "read" else "POST",
        "path": sample.path or (READ_PATH if sample.kind == "read" else WRITE_PATH),
        "status": sample.status,
        "error": sample.error,
        "region": sample.region,
        "service": sample.service,
        "colour": sample.colour,
        "version": sample.version,
    }
