"""A bucket that is written to while it is emptied is emptied again: logs of other buckets arrive late."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from provisioner.handlers.s3.bucket import Bucket


def refusal(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": code}}, "DeleteBucket")


class S3:
    """A bucket that gets `late` more objects, each while it is being deleted."""

    class exceptions:  # noqa: N801 - as boto3 names it
        ClientError = ClientError

    def __init__(self, late: int) -> None:
        self.late, self.objects, self.deleted = late, ["first"], False

    def get_paginator(self, _name: str) -> "S3":
        return self

    def paginate(self, **_named: Any) -> list[dict[str, Any]]:
        return [{"Versions": [{"Key": one, "VersionId": "1"} for one in self.objects]}]

    def delete_objects(self, **_named: Any) -> None:
        self.objects.clear()

    def delete_bucket(self, **_named: Any) -> None:
        if self.late:
            self.late -= 1
            self.objects.append("late")
        if self.objects:
            raise refusal("BucketNotEmpty")
        self.deleted = True


class Aws:
    """Waits for nothing: asks three times."""

    def __init__(self, s3: S3) -> None:
        self._s3 = s3

    def client(self, _name: str) -> S3:
        return self._s3

    def wait_for(self, what: str, check: Any, *, deadline_s: float) -> None:
        assert any(check() for _ in range(3)), what


@pytest.mark.parametrize("late", [0, 1, 2])
def test_what_is_written_while_it_is_emptied_is_deleted_too(late: int) -> None:
    s3 = S3(late)
    Bucket().delete(Aws(s3), "logs", {"forceDestroy": True})  # type: ignore[arg-type]
    assert s3.deleted


def test_without_a_yes_nothing_is_emptied() -> None:
    s3 = S3(0)
    with pytest.raises(ClientError, match="BucketNotEmpty"):
        Bucket().delete(Aws(s3), "logs", {})  # type: ignore[arg-type]
    assert (s3.objects, s3.deleted) == (["first"], False)
