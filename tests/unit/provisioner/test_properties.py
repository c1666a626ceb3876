from provisioner.decide.compare import Difference
from provisioner.decide.properties import (
    DEFAULTS,
    all_tags,
    compared_inputs,
    created_outputs,
    default_tags,
    observed_inputs,
    own_tags,
    updated_outputs,
)
from provisioner.values import UNKNOWN, Secret


def test_default_tags_are_read_from_a_map_or_its_json() -> None:
    assert default_tags({"defaultTags": {"tags": {"a": "b"}}}) == {"a": "b"}
    assert default_tags({"defaultTags": '{"tags": {"a": "b"}}'}) == {"a": "b"}
    assert default_tags({}) == {}


def test_a_resources_own_tags_go_before_the_default_ones() -> None:
    assert all_tags({"a": "1", "b": "1"}, {"b": "2"}) == {"a": "1", "b": "2"}
    assert all_tags({"a": "1"}, None) == {"a": "1"}
    assert all_tags({"a": "1"}, UNKNOWN) is UNKNOWN
    assert all_tags({"a": "1"}, Secret({"b": "2"})) == Secret({"a": "1", "b": "2"})


def test_outputs_hide_what_inputs_and_the_handler_hide() -> None:
    known = {"arn": "x", "token": "t", "nothing": None}
    assert created_outputs({"name": "a", "key": Secret("k"), DEFAULTS: []}, known, ("token",)) == {
        "name": "a",
        "key": Secret("k"),
        "arn": "x",
        "token": Secret("t"),
    }
    assert created_outputs({"key": Secret("k")}, {"key": "k"}, ()) == {"key": Secret("k")}


def test_an_update_drops_the_inputs_that_are_gone_and_keeps_what_was_computed() -> None:
    old_outputs = {"a": 1, "b": 2, "arn": "x", "token": Secret("t")}
    assert updated_outputs({"a": 1, "b": 2}, old_outputs, {"a": 3}, {"version": 2}, ()) == {
        "a": 3,
        "arn": "x",
        "token": Secret("t"),
        "version": 2,
    }


def test_what_was_observed_goes_where_it_was_and_default_tags_stay_out_of_the_own_ones() -> None:
    inputs = {"a": {"b": 1}, "tags": {"Name": "x"}, "tagsAll": {"Name": "x", "Owner": "us"}}
    found = [Difference("a.b", 1, 2), Difference("tags.Owner", "us", "them"), Difference("tags.New", None, "n")]
    assert observed_inputs(inputs, found, {"Owner": "us"}) == {
        "a": {"b": 2},
        "tags": {"Name": "x", "New": "n"},
        "tagsAll": {"Name": "x", "Owner": "them", "New": "n"},
    }
    assert inputs["a"] == {"b": 1}


def test_tags_of_aws_and_of_the_provider_are_not_the_resources_own() -> None:
    assert own_tags({"a": "1", "b": "2", "aws:x": "y"}, {"a": "1"}) == {"b": "2"}
    assert own_tags({"a": "other"}, {"a": "1"}) == {"a": "other"}


def test_a_value_given_for_the_first_time_is_compared_with_what_aws_has() -> None:
    assert compared_inputs({"a": 1}, {"a": 1, "b": 2}, {"a": 1, "b": 2}) == {"a": 1, "b": 2}
    assert compared_inputs({"a": 1}, {"a": 1, "b": 2}, {"a": 1, "b": 3}) == {"a": 1}
    assert compared_inputs({"a": 1}, {"b": 2}, {"b": UNKNOWN}) == {"a": 1}


def test_what_only_an_import_knew_is_no_difference_when_the_program_does_not_give_it() -> None:
    imported = {"a": 1, "b": 2, DEFAULTS: ["a", "b"]}
    assert compared_inputs(imported, {}, {"a": 1}) == {"a": 1}
    assert compared_inputs({"a": 1, "b": 2}, {}, {"a": 1}) == {"a": 1, "b": 2}
