"""Pages of lists: as small as asked, all of them together the whole, a token only where there is more."""

from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localcloud.api.failures import failure
from localcloud.api.paging import paged, place_of, token_of, wire_names
from localcloud.services.route53.patches import page_of_records

CONFIG = {"limit_key": "Max", "input_token": "In", "output_token": "Out", "result_key": "Items", "more_results": "More"}


def walk(items: list[int], size: int) -> list[list[int]]:
    pages: list[list[int]] = []
    token: str | None = None
    while True:
        asked = {"Max": size, "In": token}
        page = paged(CONFIG, asked.get, {"Items": items, "Other": 1})
        pages.append(page["Items"])
        assert page["Other"] == 1
        token = page.get("Out")
        if not token:
            return pages
        assert page["More"] is True


@given(st.lists(st.integers(), max_size=30), st.integers(min_value=1, max_value=40))
def test_all_pages_together_are_the_list(items: list[int], size: int) -> None:
    pages = walk(items, size)
    assert [item for page in pages for item in page] == items
    assert all(len(page) <= size for page in pages)
    assert len(pages) == max(1, -(-len(items) // size))


@pytest.mark.parametrize(
    ("config", "result"),
    [
        (CONFIG, {"Items": [1, 2], "Out": "cut by moto"}),
        ({**CONFIG, "input_token": ["A", "B"]}, {"Items": [1, 2]}),
        ({**CONFIG, "output_token": "Out || Items[-1]"}, {"Items": [1, 2]}),
        ({**CONFIG, "result_key": "List.Items"}, {"Items": [1, 2]}),
        (CONFIG, {"Items": None}),
        (CONFIG, {}),
    ],
)
def test_what_cannot_be_cut_stays(config: dict[str, Any], result: dict[str, Any]) -> None:
    assert paged(config, {"Max": 1}.get, dict(result)) == result


NESTED = {
    "limit_key": "Max",
    "input_token": "In",
    "output_token": "List.Next",
    "result_key": "List.Items",
    "more_results": "List.More",
}


def test_a_list_inside_a_structure_is_cut_there_and_its_numbers_follow() -> None:
    whole = {"List": {"Items": [1, 2, 3], "Quantity": 3, "MaxItems": 100, "More": False}, "Other": 1}
    first = paged(NESTED, {"Max": 2}.get, whole)
    assert first == {
        "List": {"Items": [1, 2], "Quantity": 2, "MaxItems": 2, "More": True, "Next": token_of(2)},
        "Other": 1,
    }
    last = paged(NESTED, {"Max": "2", "In": first["List"]["Next"]}.get, whole)
    assert last["List"] == {"Items": [3], "Quantity": 1, "MaxItems": 2, "More": False}
    assert whole["List"]["Quantity"] == 3


@pytest.mark.parametrize(
    ("keys", "pages"),
    [
        (["A", "B"], [([1, 2], []), ([3], [4]), ([], [5])]),
        (["ServiceDetails", "ServiceNames"], [([1, 2], [4, 5]), ([3], [])]),
    ],
)
def test_lists_follow_one_another_or_are_cut_side_by_side(keys: list[str], pages: list[Any]) -> None:
    config, whole = {**CONFIG, "result_key": keys}, dict(zip(keys, ([1, 2, 3], [4, 5]), strict=True))
    for number, page in enumerate(pages):
        found = paged(config, {"Max": 2, "In": token_of(2 * number)}.get, whole)
        assert tuple(found[key] for key in keys) == page
        assert ("Out" in found) is (number < len(pages) - 1)


def test_members_are_known_by_the_names_that_are_written() -> None:
    assert wire_names("ecs", "ListTasks") == {"taskArns": "taskArns", "nextToken": "nextToken"}
    assert wire_names("guardduty", "ListDetectors")["DetectorIds"] == "detectorIds"
    assert wire_names("s3", "ListBuckets", asked=True)["MaxBuckets"] == "max-buckets"
    assert wire_names("s3", "Nothing") == wire_names("nothing", "Nothing") == {}


@dataclass(frozen=True)
class RecordSet:
    name: str
    type: str
    set_identifier: str | None


def test_pages_of_records_go_on_at_the_identifier() -> None:
    records = [RecordSet("w", "A", each) for each in ("a", "b", "c")] + [RecordSet("z", "A", None)]
    seen: list[Any] = []
    rest, identifier = records, None
    while True:
        page = page_of_records(rest, identifier, 1)
        seen += page["ResourceRecordSets"]
        if not page["IsTruncated"]:
            break
        identifier = page["NextRecordIdentifier"]
        rest = [each for each in records if (each.name, each.type) >= (page["NextRecordName"], page["NextRecordType"])]
    assert seen == records


def test_without_a_limit_a_list_is_whole() -> None:
    assert paged(CONFIG, {}.get, {"Items": [1, 2]}) == {"Items": [1, 2]}


@pytest.mark.parametrize("token", [None, "", "x", "!!!", "bG9jYWxjbG91ZDp4"])
def test_a_token_of_somebody_else_begins_at_the_beginning(token: str | None) -> None:
    assert place_of(token) == 0
    assert place_of(token_of(7)) == 7


@pytest.mark.parametrize(
    ("service", "error", "status", "code"),
    [
        ("sns", KeyError("x"), 404, "NotFound"),
        ("kms", KeyError("x"), 400, "NotFoundException"),
        ("ec2", AttributeError("'NoneType' object has no attribute 'state'"), 400, "InvalidParameterValue"),
        ("ec2", AttributeError("'Vpc' object has no attribute 'state'"), 500, "InternalFailure"),
        ("iam", ValueError("invalid literal"), 400, "ValidationError"),
        ("new", IndexError("x"), 400, "ResourceNotFoundException"),
        ("new", TypeError("x"), 400, "ValidationException"),
        ("rds", NotImplementedError("x"), 501, "NotEmulated"),
        ("s3", RuntimeError("x"), 500, "InternalFailure"),
    ],
)
def test_what_moto_raises_is_an_error_of_the_service(service: str, error: Exception, status: int, code: str) -> None:
    assert failure(service, error)[:2] == (status, code)
