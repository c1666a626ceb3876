from types import ModuleType
from typing import Any

import pytest

from localcloud.api.operations import Emulated, bucket_of_host, is_read, operation_name
from localcloud.core.words import words
from localcloud.services import load_services


def _signed(service: str, **environ: str) -> dict[str, Any]:
    scope = f"AWS4-HMAC-SHA256 Credential=local/20261123/us-east-1/{service}/aws4_request, SignedHeaders=host"
    return {"HTTP_AUTHORIZATION": scope, "REQUEST_METHOD": "POST", "PATH_INFO": "/", **environ}


def _emulated() -> Emulated:
    one, many = ModuleType("ecs"), ModuleType("records")
    one.OPERATIONS = words("RunTask StopTask")  # type: ignore[attr-defined]
    many.SERVICES = {"sts": words("GetCallerIdentity")}  # type: ignore[attr-defined]
    one.Controller = object  # type: ignore[attr-defined]
    return Emulated({"ecs": one, "records": many})


def test_the_target_header_names_the_operation() -> None:
    environ = _signed("ecs", HTTP_X_AMZ_TARGET="AmazonEC2ContainerServiceV20141113.RunTask")
    assert operation_name(environ, b"{}") == ("ecs", "RunTask")


def test_the_form_names_the_operation_and_aliases_are_resolved() -> None:
    environ = _signed("elasticloadbalancing", CONTENT_TYPE="application/x-www-form-urlencoded; charset=utf-8")
    assert operation_name(environ, b"Action=DescribeRules&Version=1") == ("elbv2", "DescribeRules")


def test_only_named_operations_are_emulated() -> None:
    emulated = _emulated()
    assert emulated.refusal("ecs", "RunTask") is None
    assert emulated.refusal("sts", "GetCallerIdentity") is None
    assert "ecs:CreateTaskSet" in (emulated.refusal("ecs", "CreateTaskSet") or "")
    assert "RunTask, StopTask" in (emulated.refusal("ecs", "CreateTaskSet") or "")
    assert "does not emulate sqs" in (emulated.refusal("sqs", "ListQueues") or "")
    assert emulated.refusal("ecs", None) is not None


def test_only_services_with_a_controller_are_followed() -> None:
    assert _emulated().is_controlled("ecs")
    assert not _emulated().is_controlled("sts")


def test_reads_are_told_from_writes_by_their_names() -> None:
    assert all(is_read(name) for name in ("DescribeTasks", "GetItem", "ListRules", "HeadBucket", "Query"))
    assert not any(is_read(name) for name in ("PutItem", "CreateService", "UpdateTable", "RunTask"))


@pytest.mark.parametrize(
    ("host", "bucket"),
    [
        ("videos.s3.us-west-2.amazonaws.com", "videos"),
        ("a.b.s3.amazonaws.com", "a.b"),
        ("s3.us-west-2.amazonaws.com", None),
        ("127.60.0.10:4566", None),
    ],
)
def test_the_bucket_is_read_from_a_virtual_host(host: str, bucket: str | None) -> None:
    assert bucket_of_host(host) == bucket


def test_every_emulated_operation_exists_in_aws_s_own_model() -> None:
    """A typing error in a list would refuse an operation forever."""
    from botocore.session import Session

    session = Session()
    names = {"resourcegroupstaggingapi": "resourcegroupstaggingapi"}
    for module_name, module in load_services().items():
        services = getattr(module, "SERVICES", {module_name: getattr(module, "OPERATIONS", ())})
        for service, operations in services.items():
            if operations:
                known = session.get_service_model(names.get(service, service)).operation_names
                assert sorted(set(operations) - set(known)) == [], service
