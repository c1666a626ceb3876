"""Environment files: strict, and errors that name file, key and remedy."""

import copy
from typing import Any

import pytest
import yaml

from estate import files, topology
from estate.config import ConfigError, parse_environment
from estate.config.checks_services import budget, connections


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
        (("surprise",), 1, "surprise"),
        (("database", "surprise"), 1, "database.surprise"),
        (("regions", "us-west-2", "created_as"), "leader", "regions.us-west-2.created_as"),
        (("regions", "us-west-2", "created_as"), "primary", "regions"),
        (("primary_region",), "eu-west-1", "primary_region"),
        (("witness_region",), "us-west-2", "witness_region"),
        (("account_id",), "12345", "account_id"),
        (("domain",), "", "domain"),
        (("generation",), 0, "generation"),
        (("services", "video", "cpu"), -1, "services.video.cpu"),
        (("regions", "us-west-2", "vpc_cidr"), "10.0.0.0/15", "regions.us-west-2.vpc_cidr"),
        (("regions", "us-west-2", "vpc_cidr"), "ten", "regions.us-west-2.vpc_cidr"),
        (("regions", "us-east-1", "public_subnets"), ["10.0.1.0/24"], "regions.us-east-1.public_subnets"),
        (
            ("regions", "us-east-1", "public_subnets"),
            ["10.0.1.0/24", "10.0.3.0/24"],
            "regions.us-east-1.private_subnets[0]",
        ),
        (
            ("regions", "us-east-1", "public_subnets"),
            ["10.0.1.0/24", "10.9.3.0/24"],
            "regions.us-east-1.public_subnets[1]",
        ),
        (("services", "video", "pool_max"), 60, "services"),
        (("services", "video", "max_count"), 90, "services"),
        (("services", "video", "port"), 8001, "services.video.port"),
        (("services", "social", "priority"), 30, "services.social.priority"),
        (("services", "video", "paths"), ["/a", "/b", "/c"], "services.video.paths"),
        (("services", "video", "answers_traffic"), True, "services"),
        (("services", "video", "desired_count"), 9, "services.video.max_count"),
        (("database", "limits", "us-west-2", "max_connections"), 4000, "database.limits.us-west-2.max_connections"),
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


def test_the_old_name_of_a_field_is_refused_with_the_new_one(data: dict[str, Any]) -> None:
    old = copy.deepcopy(data)
    old["regions"]["us-west-2"]["born_as"] = old["regions"]["us-west-2"].pop("created_as")
    with pytest.raises(ConfigError) as caught:
        parse(old)
    assert (caught.value.key, caught.value.remedy) == ("regions.us-west-2.born_as", "Write created_as")


def test_the_region_created_as_primary_is_created_first_whatever_its_role_now(data: dict[str, Any]) -> None:
    flipped = parse({**data, "primary_region": "us-west-2"})
    assert flipped.creation_order == ["us-east-1", "us-west-2"]
    assert flipped.standby_region == "us-east-1"
    assert topology.stack_names(flipped) == ["local-foundation", "local-us-east-1", "local-us-west-2", "local-edge"]


@pytest.mark.parametrize("environment", files.list_environments())
def test_target_group_names_fit_into_what_elb_allows_and_ecs_services_are_named_as_specified(environment: str) -> None:
    env = files.read_environment(environment)
    for service in env.services:
        assert all(len(topology.target_group(env, service, colour)) <= 32 for colour in topology.COLOURS)
        assert topology.ecs_service(env, service, "green") == f"breiq-{environment}-{service}-green"


def test_a_service_whose_target_groups_could_not_be_named_is_refused(data: dict[str, Any]) -> None:
    long = {**data["services"]["search"], "port": 8010, "priority": 70}
    with pytest.raises(ConfigError) as caught:
        parse({**data, "services": {**data["services"], "recommendations-engine": long}})
    assert caught.value.key == "services.recommendations-engine"


def test_production_is_sized_as_specified() -> None:
    env = files.read_environment("production")
    assert list(env.services) == ["gateway", "auth", "video", "social", "user", "notification", "search"]
    assert [service.port for service in env.services.values()] == list(range(8000, 8007))
    for service in env.services.values():
        assert (service.cpu, service.memory_mib) == (2048, 4096)
        assert (service.desired_count, service.max_count) == (5, 50)
    assert (env.scaling.cpu_target_pct, env.scaling.cooldown_s) == (70, 300)
    assert not env.exec_enabled


def test_the_connection_budget_counts_both_colours_at_their_most_with_the_renewers() -> None:
    env = files.read_environment("production")
    video = env.services["video"]
    assert budget(env)["video"] == video.max_count * 2 * (video.pool_max + 1)
    assert "gateway" not in budget(env)
    assert connections(env) <= env.database.max_connections
