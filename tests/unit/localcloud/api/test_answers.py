"""Errors in the form of each protocol, as botocore reads them."""

from typing import Any

import botocore.session
import pytest
from botocore.parsers import create_parser

from localcloud.api.answers import Form, error_answer, form_of, refusal_answer
from localcloud.api.signature import Refusal

MODELS: dict[Form, str] = {
    "json": "ecs",
    "rest-json": "guardduty",
    "query": "rds",
    "ec2": "ec2",
    "rest-xml": "route53",
    "s3": "s3",
}


def read_by_botocore(form: Form, answer: Any) -> dict[str, Any]:
    protocol = "rest-xml" if form == "s3" else form
    shape = botocore.session.get_session().get_service_model(MODELS[form])
    headers = dict(answer.headers)
    response = {"status_code": answer.status, "headers": headers, "body": answer.body}
    parsed: dict[str, Any] = create_parser(protocol).parse(
        response, shape.operation_model(shape.operation_names[0]).output_shape
    )
    return parsed


@pytest.mark.parametrize("form", list(MODELS))
def test_every_protocol_reads_code_and_message(form: Form) -> None:
    parsed = read_by_botocore(form, error_answer(form, 501, "NotEmulated", "not < here"))
    assert (parsed["Error"]["Code"], parsed["Error"]["Message"]) == ("NotEmulated", "not < here")
    assert parsed["ResponseMetadata"]["HTTPStatusCode"] == 501


@pytest.mark.parametrize(
    ("form", "problem", "status", "code"),
    [
        ("json", "unknown-key", 400, "UnrecognizedClientException"),
        ("query", "unknown-key", 403, "InvalidClientTokenId"),
        ("ec2", "mismatch", 401, "AuthFailure"),
        ("rest-xml", "mismatch", 403, "SignatureDoesNotMatch"),
        ("s3", "unknown-key", 403, "InvalidAccessKeyId"),
        ("s3", "expired-url", 403, "AccessDenied"),
        ("s3", "missing", 403, "AccessDenied"),
        ("rest-json", "missing", 403, "MissingAuthenticationToken"),
    ],
)
def test_a_request_that_is_not_let_in_gets_aws_s_own_code(form: Form, problem: Any, status: int, code: str) -> None:
    answer = refusal_answer(form, Refusal(problem, "why"))
    assert answer.status == status
    assert read_by_botocore(form, answer)["Error"]["Code"] == code


@pytest.mark.parametrize(
    ("service", "has_target", "content_type", "has_action", "form"),
    [
        ("dynamodb", True, "application/x-amz-json-1.0", False, "json"),
        ("rds", False, "application/x-www-form-urlencoded", False, "query"),
        ("ec2", False, "application/x-www-form-urlencoded", False, "ec2"),
        ("s3", False, "application/x-www-form-urlencoded", False, "s3"),
        ("route53", False, "", False, "rest-xml"),
        ("guardduty", False, "", False, "rest-json"),
        ("backup", False, "application/json", False, "rest-json"),
    ],
)
def test_a_request_shows_which_form_its_errors_have(
    service: str, has_target: bool, content_type: str, has_action: bool, form: str
) -> None:
    assert form_of(service, has_target=has_target, content_type=content_type, has_action=has_action) == form
