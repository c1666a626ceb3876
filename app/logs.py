"""Structured logs: one JSON object a line on stdout, with the keys of the specification's section 6.2."""

import logging
import sys
from typing import Any

import msgspec

from app.settings import Identity

sys.modules.setdefault("rich", None)  # type: ignore[arg-type]  # 5 MiB for consoles, which structlog imports if it can
import structlog  # noqa: E402

if sys.modules["rich"] is None:
    del sys.modules["rich"]

Log = structlog.typing.FilteringBoundLogger


def make_log(identity: Identity) -> Log:
    """Return the task's logger; what libraries log through `logging` at warning or above joins it."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.format_exc_info,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.EventRenamer("message"),
            structlog.processors.JSONRenderer(serializer=_encode),
        ],
        logger_factory=structlog.BytesLoggerFactory(file=sys.stdout.buffer),
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        cache_logger_on_first_use=True,
    )
    log: Log = structlog.get_logger().bind(
        service=f"breiq-{identity.service}",
        version=identity.version,
        environment=identity.environment,
        region=identity.region,
        colour=identity.colour,
    )
    root = logging.getLogger()
    root.handlers = [_Forward(log)]
    root.setLevel(logging.WARNING)
    return log


def _encode(document: dict[str, Any], **_: Any) -> bytes:
    return msgspec.json.encode(document, enc_hook=repr)


class _Forward(logging.Handler):
    def __init__(self, log: Log) -> None:
        super().__init__()
        self._log = log

    def emit(self, record: logging.LogRecord) -> None:
        self._log.log(record.levelno, record.getMessage(), logger=record.name, exc_info=record.exc_info or None)
