"""The table of values that only one may have at a time, against the handlers and the schema."""

from provisioner.decide.unique import UNIQUE, USERS, free_value, stand_side_by_side, unique_of
from provisioner.handlers import load
from provisioner.handlers.common.base import HANDLERS

RULE, GROUP, LISTENER = (
    "aws:lb/listenerRule:ListenerRule",
    "aws:lb/targetGroup:TargetGroup",
    "aws:lb/listener:Listener",
)


def test_the_table_names_types_and_inputs_that_exist() -> None:
    from pulumi_aws import lb  # noqa: F401 - the SDK's types are found by their modules

    from provisioner.sdk_types import shape_of

    load()
    for token, unique in UNIQUE.items():
        assert token in HANDLERS, token
        shape = shape_of(token)
        assert shape is not None
        assert {*unique.values, *unique.scope} <= shape.annotations.keys(), token
    for token, users in USERS.items():
        assert token in HANDLERS, token
        for user, inputs in users.items():
            shape = shape_of(user)
            assert user in HANDLERS, user
            assert shape is not None
            assert set(inputs) <= shape.annotations.keys(), user


def test_a_type_whose_id_is_its_name_has_it_alone() -> None:
    load()
    assert unique_of(HANDLERS["aws:rds/subnetGroup:SubnetGroup"]).values == ("name",)  # type: ignore[union-attr]
    assert unique_of(HANDLERS["aws:ec2/vpc:Vpc"]) is None


def test_what_is_used_stands_beside_what_takes_its_place_when_its_name_differs() -> None:
    load()
    group = HANDLERS[GROUP]
    assert stand_side_by_side(group, {"name": "a", "port": 1}, {"name": "b", "port": 2})
    assert not stand_side_by_side(group, {"name": "a", "port": 1}, {"name": "a", "port": 2})
    assert not stand_side_by_side(HANDLERS["aws:sqs/queue:Queue"], {"name": "a"}, {"name": "b"})


def test_a_free_value_is_one_that_nobody_has() -> None:
    assert free_value(UNIQUE[LISTENER], {"port": 80}, [80, 443, 65535]) == 65534
    assert free_value(UNIQUE["aws:sqs/queue:Queue"], {"name": "jobs"}, []) == "jobs-between"
