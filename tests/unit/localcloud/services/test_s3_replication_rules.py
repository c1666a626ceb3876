from typing import Any

import pytest

from localcloud.services.s3_replication.rules import Rule, Subject, chosen, parse


def _rule(**fields: Any) -> dict[str, Any]:
    given = {
        "ID": "one",
        "Status": "Enabled",
        "Priority": "1",
        "Filter": {"Prefix": None},
        "DeleteMarkerReplication": {"Status": "Enabled"},
        "Destination": {"Bucket": "arn:aws:s3:::far"},
    }
    return {**given, **fields}


def _rules(*rules: dict[str, Any]) -> list[Rule]:
    return parse({"Role": "any", "Rule": list(rules)})


def _names(rules: list[Rule], subject: Subject) -> list[str]:
    return [rule.name for rule in chosen(rules, subject)]


def test_a_bucket_without_rules_and_a_disabled_rule_copy_nothing() -> None:
    assert parse(None) == []
    assert _rules(_rule(Status="Disabled")) == []


@pytest.mark.parametrize(
    ("given", "key", "tags", "copied"),
    [
        ({"Filter": None}, "any", {}, True),
        ({"Filter": {"Prefix": "a/"}}, "a/b", {}, True),
        ({"Filter": {"Prefix": "a/"}}, "b/a/", {}, False),
        ({"Filter": {"Tag": {"Key": "k", "Value": "v"}}}, "any", {"k": "v", "other": "x"}, True),
        ({"Filter": {"Tag": {"Key": "k", "Value": None}}}, "any", {"k": "v"}, False),
        ({"Filter": {"And": {"Prefix": "a/", "Tag": [{"Key": "k", "Value": "v"}]}}}, "a/b", {"k": "v"}, True),
        ({"Filter": {"And": {"Prefix": "a/", "Tag": [{"Key": "k", "Value": "v"}]}}}, "a/b", {}, False),
        ({"Filter": {"And": {"Prefix": "a/", "Tag": {"Key": "k", "Value": "v"}}}}, "b", {"k": "v"}, False),
    ],
)
def test_a_filter_takes_prefix_and_all_of_its_tags(
    given: dict[str, Any], key: str, tags: dict[str, str], copied: bool
) -> None:
    assert bool(_names(_rules(_rule(**given)), Subject(key, tags))) is copied


def test_of_rules_to_one_bucket_the_highest_priority_decides_and_each_bucket_gets_its_copy() -> None:
    rules = _rules(
        _rule(ID="low", Priority="1"),
        _rule(ID="high", Priority="10", Filter={"Prefix": "a/"}),
        _rule(ID="third", Destination={"Bucket": "arn:aws:s3:::third"}),
    )
    assert _names(rules, Subject("a/b", {})) == ["high", "third"]
    assert _names(rules, Subject("b", {})) == ["low", "third"]


def test_delete_markers_need_a_word_and_follow_no_tags() -> None:
    marker = Subject("any", {}, is_marker=True)
    assert _names(_rules(_rule()), marker) == ["one"]
    assert _names(_rules(_rule(DeleteMarkerReplication={"Status": "Disabled"})), marker) == []
    assert _names(_rules(_rule(Filter={"Tag": {"Key": "k", "Value": "v"}})), marker) == []


def test_rules_of_the_first_form_have_a_prefix_of_their_own_and_copy_delete_markers() -> None:
    first = {name: value for name, value in _rule(Prefix="a/").items() if name not in ("Filter", "Priority")}
    del first["DeleteMarkerReplication"]
    assert _names(_rules(first), Subject("a/b", {}, is_marker=True)) == ["one"]
    assert _names(_rules(first), Subject("b", {})) == []


@pytest.mark.parametrize(
    ("criterion", "subject"),
    [
        ("SseKmsEncryptedObjects", Subject("any", {}, is_encrypted=True)),
        ("ReplicaModifications", Subject("any", {}, is_replica=True)),
    ],
)
def test_what_is_encrypted_or_a_replica_is_copied_only_by_a_rule_that_says_so(criterion: str, subject: Subject) -> None:
    assert _names(_rules(_rule()), subject) == []
    assert _names(_rules(_rule(SourceSelectionCriteria={criterion: {"Status": "Enabled"}})), subject) == ["one"]


def test_a_rule_says_how_its_copies_are_kept_there() -> None:
    kept = {
        "Bucket": "arn:aws:s3:::far",
        "StorageClass": "GLACIER",
        "EncryptionConfiguration": {"ReplicaKmsKeyID": "key"},
        "Metrics": {"Status": "Enabled"},
    }
    (rule,) = _rules(_rule(Destination=kept))
    assert (rule.bucket, rule.storage_class, rule.key_arn, rule.measured) == ("far", "GLACIER", "key", True)
