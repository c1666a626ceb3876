"""What every AWS call is wrapped in: its errors become those of `aws.errors`."""

from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def typed_errors(call: str, region: str) -> Iterator[None]:
    """Turn botocore's errors of one call (`ecs:UpdateService`) in one region into this module's."""
    from botocore.exceptions import BotoCoreError, ClientError
    from botocore.parsers import ResponseParserError

    try:
        yield
    except (BotoCoreError, ClientError, ResponseParserError, OSError, ValueError, RuntimeError) as error:
        from aws.classification import classified

        raise classified(error, call, region) from error
