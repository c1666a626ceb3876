"""The network's and data stores' configuration: what AWS or the specification would refuse, and what to know."""

import copy
from collections.abc import Callable
from typing import Any

import pytest
import yaml

from estate import files
from estate.config import ConfigError, parse_environment
from estate.config.checks_classes import check_instance_classes
from estate.config.checks_production import DEMANDS, size_of
from estate.config.warnings import warnings

EAST, WEST = "us-east-1", "us-west-2"


def read(name: str) -> dict[str, Any]:
    return yaml.safe_load((files.ENVIRONMENTS / f"{name}.yaml").read_text())


PRODUCTION, LOCAL = read("production"), read("local")


def changed(data: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    result = copy.deepcopy(data)
    place: Any = result
    *outer, last = path.split("/")
    for part in outer:
        place = place[part]
    place[last] = value
    return result


def refusal(data: dict[str, Any]) -> ConfigError:
    with pytest.raises(ConfigError) as caught:
        parse_environment(data, file="x.yaml")
    assert (caught.value.file, bool(caught.value.remedy)) == ("x.yaml", True)
    return caught.value


@pytest.mark.parametrize(
    ("path", "value", "key"),
    [
        ("database/limits/us-west-2/max_connections", 2999, "database.limits.us-west-2.max_connections"),
        ("database/limits/us-west-2/max_worker_processes", 4, "database.limits.us-west-2.max_worker_processes"),
        ("database/limits/us-west-2/max_wal_senders", 19, "database.limits.us-west-2.max_wal_senders"),
        (
            "database/limits/us-west-2/max_locks_per_transaction",
            64,
            "database.limits.us-west-2.max_locks_per_transaction",
        ),
        ("database/limits", {}, "database.limits"),
        ("database/max_storage_gib", 1100, "database.max_storage_gib"),
        ("database/backup_retention_days", 36, "database.backup_retention_days"),
        ("database/monitoring_interval_s", 20, "database.monitoring_interval_s"),
        ("database/iops", None, "database.iops"),
        ("database/iops", 65_000, "database.iops"),
        ("database/throughput_mib_s", None, "database.throughput_mib_s"),
        ("database/throughput_mib_s", 499, "database.throughput_mib_s"),
        ("database/throughput_mib_s", 5_000, "database.throughput_mib_s"),
        ("database/storage_gib", 300, "database.iops"),
        ("cache/nodes", 7, "cache.nodes"),
        ("cache/snapshot_retention_days", 36, "cache.snapshot_retention_days"),
        ("search/nodes", 4, "regions.us-east-1.search_subnets"),
        ("search/masters", 2, "search.masters"),
        ("regions/us-west-2/search_subnets", {}, "regions.us-west-2.search_subnets"),
        ("regions/us-west-2/search_subnets", {"us-west-2a": "10.1.7.0/24"}, "regions.us-west-2.search_subnets"),
        (
            "regions/us-west-2/search_subnets",
            {"us-west-2c": "10.1.16.0/24"},
            "regions.us-west-2.search_subnets.us-west-2c",
        ),
        (
            "regions/us-west-2/availability_zones",
            ["us-west-2a", "us-east-1b"],
            "regions.us-west-2.availability_zones[1]",
        ),
        ("regions/us-east-1/windows/database_backup", "1:00-2:00", "regions.us-east-1.windows.database_backup"),
        ("regions/us-east-1/windows/database_backup", "03:30-04:30", "regions.us-east-1.windows.database_maintenance"),
        ("regions/us-east-1/windows/cache_snapshot", "05:00-05:30", "regions.us-east-1.windows.cache_snapshot"),
        (
            "regions/us-east-1/windows/database_maintenance",
            "sun:23:30-mon:00:30",
            "regions.us-east-1.windows.database_maintenance",
        ),
        ("queues/media/visibility_timeout_s", 43_201, "queues.media.visibility_timeout_s"),
        ("queues/media/retention_days", 14, "queues.media.retention_days"),
        ("queues/media/max_receives", 0, "queues.media.max_receives"),
    ],
)
def test_what_aws_would_refuse_is_refused_before(path: str, value: Any, key: str) -> None:
    assert refusal(changed(PRODUCTION, path, value)).key == key


def test_gp3_that_is_small_has_no_choice_of_its_iops() -> None:
    assert refusal(changed(LOCAL, "database/iops", 3000)).key == "database.iops"


def test_a_search_domain_that_nobody_asks_is_refused() -> None:
    data = copy.deepcopy(LOCAL)
    del data["services"]["search"]
    data["workers"] = {}
    assert refusal(data).key == "search"


SMALLER: dict[str, Any] = {
    "domain": "staging.breiq.com",
    "network.nat": "one",
    "load_balancer.deletion_protection": False,
    "database.instance_class": "db.t4g.2xlarge",
    "database.multi_az": False,
    "database.deletion_protection": False,
    "database.backup_retention_days": 7,
    "database.storage_gib": 999,
    "database.iops": 12_000,
    "monitoring.enhanced": False,
    "monitoring.detailed": False,
    "cache.node_type": "cache.r6g.large",
    "cache.nodes": 2,
    "cache.snapshot_retention_days": 6,
    "search.instance_type": "r6g.medium.search",
    "search.nodes": 2,
    "search.storage_gib": 199,
    "search.masters": 0,
}


@pytest.mark.parametrize("key", [demand.key for demand in DEMANDS])
def test_a_smaller_environments_value_is_refused_in_production(key: str) -> None:
    data = changed(PRODUCTION, key.replace(".", "/"), SMALLER[key])
    if key == "search.nodes":
        for region in (EAST, WEST):
            data["regions"][region]["search_subnets"] = {}
    found = refusal(data)
    assert (found.key, "In production" in found.remedy) == (key, True)


def test_production_has_a_reader_somewhere() -> None:
    assert refusal(changed(PRODUCTION, "regions/us-east-1/read_replicas", 0)).key == "regions"


def test_sizes_of_classes_are_in_order_and_burstable_ones_are_none_of_productions() -> None:
    names = ["db.t4g.micro", "db.r6g.large", "db.r6g.xlarge", "db.r7g.2xlarge", "db.r6g.12xlarge"]
    assert sorted(names, key=size_of) == names
    assert refusal(changed(PRODUCTION, "cache/node_type", "cache.t4g.2xlarge")).key == "cache.node_type"


@pytest.mark.parametrize(
    ("path", "name", "key"),
    [
        ("database/instance_class", "db.r9z.xlarge", "database.instance_class"),
        ("cache/node_type", "cache.r6g.3xlarge", "cache.node_type"),
        ("search/instance_type", "r6g.huge.search", "search.instance_type"),
        ("search/master_type", "t3.nano.search", "search.master_type"),
    ],
)
def test_a_class_that_the_engine_lacks_is_refused_with_one_that_is_like_it(path: str, name: str, key: str) -> None:
    environment = parse_environment(changed(LOCAL, path, name), file="x.yaml")
    with pytest.raises(ConfigError) as caught:
        check_instance_classes(environment, files.read_instance_classes(), "x.yaml")
    assert caught.value.key == key
    assert "for instance" in caught.value.remedy


def test_a_class_must_be_in_both_regions() -> None:
    tables = files.read_instance_classes()
    tables["database"][WEST].remove("db.t4g.micro")
    with pytest.raises(ConfigError) as caught:
        check_instance_classes(files.read_environment("local"), tables, "x.yaml")
    assert WEST in caught.value.problem
    del tables["cache"][EAST]
    del tables["database"]
    tables["database"] = {EAST: ["db.t4g.micro"], WEST: ["db.t4g.micro"]}
    with pytest.raises(ConfigError) as caught:
        check_instance_classes(files.read_environment("local"), tables, "x.yaml")
    assert caught.value.key == f"regions.{EAST}"


def told(change: Callable[[dict[str, Any]], None] = lambda data: None, data: dict[str, Any] = PRODUCTION) -> set[str]:
    data = copy.deepcopy(data)
    change(data)
    found = warnings(parse_environment(data, file="x.yaml"))
    assert all(one.message and one.remedy for one in found)
    return {one.key for one in found}


def test_twenty_thousand_iops_on_an_xlarge_are_accepted_and_told() -> None:
    assert told() == {"database.iops"}
    assert told(lambda data: data["database"].update(instance_class="db.r6g.4xlarge")) == set()


def test_a_failover_leaves_the_windows_and_readers_where_they_were_and_says_so() -> None:
    flipped = told(lambda data: data.update(primary_region=WEST))
    assert f"regions.{WEST}.windows.database_maintenance" in flipped
    assert f"regions.{EAST}.read_replicas" in flipped


def test_one_way_out_for_two_zones_is_told() -> None:
    assert "network.nat" in told(data=read("staging"))
