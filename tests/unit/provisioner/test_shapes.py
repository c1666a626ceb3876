"""Names and forms between the provider and AWS's models."""

from typing import Any

import pytest
from botocore.model import DenormalizedStructureBuilder

from provisioner.handlers.common.shapes import as_given, member_of, property_name, to_aws, to_properties


@pytest.mark.parametrize(
    ("member", "name"),
    [
        ("KMSMasterKeyID", "kmsMasterKeyId"),
        ("DBSubnetGroupName", "dbSubnetGroupName"),
        ("VpcId", "vpcId"),
        ("MultiAZ", "multiAz"),
        ("ARN", "arn"),
        ("S3BucketName", "s3BucketName"),
        ("HTTPPort", "httpPort"),
        ("SSLSupportMethod", "sslSupportMethod"),
        ("EnableSNI", "enableSni"),
        ("clusterName", "clusterName"),
    ],
)
def test_a_member_s_name_becomes_the_provider_s(member: str, name: str) -> None:
    assert property_name(member) == name


def shape(**members: Any) -> Any:
    return DenormalizedStructureBuilder().with_members(members).build_model()


TEXT = {"type": "string"}
SHAPE = shape(
    KMSKeyID=TEXT,
    Rules={
        "type": "list",
        "member": {
            "type": "structure",
            "members": {"Port": TEXT, "Filter": {"type": "structure", "members": {"Prefix": TEXT}}},
        },
    },
    Origins={
        "type": "structure",
        "members": {"Quantity": {"type": "integer"}, "Items": {"type": "list", "member": TEXT}},
    },
    Variables={"type": "map", "key": TEXT, "value": TEXT},
    Policy=TEXT,
    Count={"type": "integer"},
)


def test_properties_take_the_form_of_the_model() -> None:
    given = {
        "kmsKeyId": "k",
        "rule": {"port": 80, "filter": {"prefix": "a/"}},
        "origins": ["one", "two"],
        "variables": {"keepThis": True},
        "policy": {"Version": "2012-10-17"},
        "count": "3",
    }
    assert to_aws(given, SHAPE, {}) == {
        "KMSKeyID": "k",
        "Rules": [{"Port": "80", "Filter": {"Prefix": "a/"}}],
        "Origins": {"Quantity": 2, "Items": ["one", "two"]},
        "Variables": {"keepThis": "true"},
        "Policy": '{"Version": "2012-10-17"}',
        "Count": 3,
    }


def test_what_has_no_member_is_an_error_and_not_dropped() -> None:
    with pytest.raises(ValueError, match=r"rule\.colour"):
        to_aws({"rule": {"colour": "blue"}}, SHAPE, {})


def test_irregular_names_apply_in_both_directions() -> None:
    names = {"rules.number": "Port"}
    aws = to_aws({"rules": [{"number": 80}]}, SHAPE, names)
    assert aws == {"Rules": [{"Port": "80"}]}
    assert to_properties(aws, names) == {"rules": [{"number": "80"}]}


def test_quantities_become_lists() -> None:
    assert to_properties({"Origins": {"Quantity": 1, "Items": ["one"]}, "Aliases": {"Quantity": 0}}, {}) == {
        "origins": ["one"],
        "aliases": [],
    }


def test_a_plural_is_found() -> None:
    assert member_of(SHAPE, "rule") == "Rules"
    assert member_of(shape(Policy=TEXT), "policies") == "Policy"
    assert member_of(SHAPE, "colour") is None


@pytest.mark.parametrize(
    ("observed", "known"),
    [
        (["b", "a"], ["a", "b"]),
        ("80", 80),
        (80, "80"),
        ("true", True),
        ('{"a":1,"b":2}', '{"b": 2, "a": 1}'),
        ({"port": "80", "default": 1}, {"port": 80}),
        ([{"port": "80"}], {"port": 80}),
        ({"cloudWatchPort": "80"}, {"cloudwatchPort": 80}),
        ([{"port": 2, "more": 1}, {"port": "1"}], [{"port": 1}, {"port": 2}]),
    ],
)
def test_what_says_the_same_is_in_the_form_given(observed: Any, known: Any) -> None:
    assert as_given({"it": observed}, {"it": known}) == {"it": known}


@pytest.mark.parametrize(
    ("observed", "known"),
    [
        (["b", "c"], ["a", "b"]),
        (81, 80),
        ("A", "a"),
        ('{"a": 2}', '{"a": 1}'),
        ([{"port": 1}], []),
        ({"port": 2}, {"port": 1}),
    ],
)
def test_what_differs_stays_different(observed: Any, known: Any) -> None:
    assert as_given({"it": observed}, {"it": known}) == {"it": observed}


def test_a_key_added_to_a_whole_map_is_seen() -> None:
    assert as_given({"tagsAll": {"a": "1", "b": "2"}}, {"tagsAll": {"a": "1"}}) == {"tagsAll": {"a": "1", "b": "2"}}


def test_what_was_not_known_stays() -> None:
    assert as_given({"arn": "x", "port": 1}, {"port": "1"}) == {"arn": "x", "port": "1"}
