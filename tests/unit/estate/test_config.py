"""Environment files: strict, and errors that name file, key and remedy."""

import copy
from typing import Any

import pytest
import yaml

from estate import files, topology
from estate.config import ConfigError, parse_environment


@pytest.fixture
def data() -> dict[str, Any]:
    return yaml.safe_load((files.ENVIRONMENTS / "local.yaml").read_text())


def parse(data: dict[str, Any]) -> Any:
    return parse_environment(data, file="x.yaml")


def test_every_environment_of_the_repository_parses() -> None:
    assert files.list_environments() == ["local", "production", "staging"]
    for name in files.list_environments():
        assert files.read_environment(name).environment == name


def test_an_unknown_environment_is_refused_with_the_known_ones() -> None:
    with pytest.raises(ConfigError) as caught:
        files.read_environment("nowhere")
    assert "local" in caught.value.remedy


@pytest.mark.parametrize(
    ("path", "value", "key"),
    [
        (("surprise",), 1, ""),
        (("database", "surprise"), 1, "database"),
        (("regions", "us-west-2", "born_as"), "leader", "regions[...].born_as"),
        (("regions", "us-west-2", "born_as"), "primary", "regions"),
        (("primary_region",), "eu-west-1", "primary_region"),
        (("regions", "us-west-2", "vpc_cidr"), "10.0.0.0/15", "regions"),
        (("regions", "us-west-2", "vpc_cidr"), "ten", "regions.us-west-2.vpc_cidr"),
        (("regions", "us-east-1", "public_subnets"), ["10.0.1.0/24"], "regions.us-east-1.public_subnets"),
        (("regions", "us-east-1", "public_subnets"), ["10.0.1.0/24", "10.0.3.0/24"], "regions.us-east-1"),
        (("regions", "us-east-1", "public_subnets"), ["10.0.1.0/24", "10.9.3.0/24"], "regions.us-east-1"),
        (("database", "pool_max"), 60, "database.pool_max"),
    ],
)
def test_what_is_wrong_is_named_with_file_key_and_remedy(
    data: dict[str, Any], path: tuple[str, ...], value: Any, key: str
) -> None:
    broken = copy.deepcopy(data)
    place = broken
    for part in path[:-1]:
        place = place[part]
    place[path[-1]] = value
    with pytest.raises(ConfigError) as caught:
        parse(broken)
    assert caught.value.file == "x.yaml"
    assert caught.value.key == key
    assert caught.value.remedy


def test_the_region_born_as_primary_is_created_first_whatever_its_role_now(data: dict[str, Any]) -> None:
    flipped = parse({**data, "primary_region": "us-west-2"})
    assert flipped.creation_order == ["us-east-1", "us-west-2"]
    assert flipped.standby_region == "us-east-1"
    assert topology.stack_names(flipped) == ["local-foundation", "local-us-east-1", "local-us-west-2", "local-edge"]


def test_target_group_names_fit_into_what_elb_allows() -> None:
    env = files.read_environment("production")
    for service in env.services:
        assert all(len(topology.ecs_service(env, service, colour)) <= 32 for colour in topology.COLOURS)
