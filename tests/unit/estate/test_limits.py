"""Every field of an environment has a limit with its source; what breaks one is told with file, line, key and both."""

import copy
import pickle
from pathlib import Path
from typing import Any

import pytest

from estate import files
from estate.config import ConfigError, Environment, parse_environment
from estate.config.checks_services import instance_memory_gib
from estate.config.limits.table import TABLE
from estate.config.limits.walk import patterns
from estate.yaml_file import parse_document

ENVIRONMENTS = files.list_environments()
TEXTS = {name: (files.ENVIRONMENTS / f"{name}.yaml").read_text() for name in ENVIRONMENTS}
LOCAL = parse_document(TEXTS["local"]).data
EAST = "regions/us-east-1"


def changed(path: str, value: Any, data: Any = LOCAL) -> Any:
    result = copy.deepcopy(data)
    place = result
    *outer, last = (int(part) if part.isdigit() else part for part in path.split("/"))
    for part in outer:
        place = place[part]
    place[last] = value
    return result


def renamed(path: str, name: str) -> Any:
    result = copy.deepcopy(LOCAL)
    place = result
    *outer, last = path.split("/")
    for part in outer:
        place = place[part]
    place[name] = place.pop(last)
    return result


def refusal(data: Any) -> ConfigError:
    with pytest.raises(ConfigError) as caught:
        parse_environment(data, file="x.yaml")
    assert caught.value.remedy
    return caught.value


def test_every_field_has_a_limit_and_no_limit_is_of_a_field_that_is_gone() -> None:
    wanted = patterns(Environment)
    mappings = {pattern.removesuffix(".*") for pattern in wanted if pattern.endswith(".*")}
    assert set(wanted) <= TABLE.keys()
    assert TABLE.keys() <= {*wanted, *mappings}
    for pattern, limit in TABLE.items():
        assert limit.words, pattern
        assert limit.source, pattern


@pytest.mark.parametrize(
    ("path", "value", "key", "word"),
    [
        (f"{EAST}/vpc_cidr", "10.0.0.0/8", "regions.us-east-1.vpc_cidr", "too large"),
        (f"{EAST}/vpc_cidr", "10.0.0.0/29", "regions.us-east-1.vpc_cidr", "too small"),
        (f"{EAST}/vpc_cidr", "10.0.0.0/255.255.0.0", "regions.us-east-1.vpc_cidr", "write 10.0.0.0/16"),
        (f"{EAST}/vpc_cidr", "10.0.0.0/0.0.255.255", "regions.us-east-1.vpc_cidr", "netmask"),
        (f"{EAST}/vpc_cidr", "10.0.5.0/16", "regions.us-east-1.vpc_cidr", "the network is 10.0.0.0/16"),
        (f"{EAST}/vpc_cidr", "10.0.0.0/016", "regions.us-east-1.vpc_cidr", "prefix length"),
        (f"{EAST}/vpc_cidr", "10.0.0.0/", "regions.us-east-1.vpc_cidr", "prefix length"),
        (f"{EAST}/vpc_cidr", " 10.0.0.0/16", "regions.us-east-1.vpc_cidr", "no IPv4 network"),
        (f"{EAST}/vpc_cidr", "10.0.0.256/24", "regions.us-east-1.vpc_cidr", "no IPv4 network"),
        (f"{EAST}/vpc_cidr", "fd00::/16", "regions.us-east-1.vpc_cidr", "no IPv4 network"),
        (f"{EAST}/vpc_cidr", "127.0.0.0/16", "regions.us-east-1.vpc_cidr", "loopback"),
        (f"{EAST}/vpc_cidr", "169.254.0.0/16", "regions.us-east-1.vpc_cidr", "link-local"),
        (f"{EAST}/vpc_cidr", "224.0.0.0/16", "regions.us-east-1.vpc_cidr", "multicast"),
        (f"{EAST}/vpc_cidr", "0.0.0.0/16", "regions.us-east-1.vpc_cidr", "this network"),
        (f"{EAST}/vpc_cidr", "172.17.0.0/16", "regions.us-east-1.vpc_cidr", "Docker"),
        (f"{EAST}/vpc_cidr", "8.8.0.0/16", "regions.us-east-1.vpc_cidr", "public"),
        (f"{EAST}/vpc_cidr", 10, "regions.us-east-1.vpc_cidr", "no IPv4 network"),
        (f"{EAST}/public_subnets/0", "10.0.1.0", "regions.us-east-1.public_subnets[0]", "no prefix length"),
        (f"{EAST}/public_subnets/0", "10.0.1.0/28", "regions.us-east-1.public_subnets[0]", "too small"),
        (f"{EAST}/public_subnets/0", "10.9.1.0/24", "regions.us-east-1.public_subnets[0]", "outside"),
        (f"{EAST}/public_subnets", ["10.0.1.0/24"] * 2, "regions.us-east-1.public_subnets", "stands twice"),
        (f"{EAST}/public_subnets", "10.0.1.0/24", "regions.us-east-1.public_subnets", "a list is required"),
        (f"{EAST}/task_subnets", ["10.0.16.0/28", "10.0.32.0/28"], "regions.us-east-1.task_subnets", "addresses for"),
        (f"{EAST}/availability_zones/0", "us-east-1", "regions.us-east-1.availability_zones[0]", "does not fit"),
        (f"{EAST}/availability_zones", ["us-east-1a"] * 2, "regions.us-east-1.availability_zones", "stands twice"),
        (f"{EAST}/availability_zones", ["us-east-1a"], "regions.us-east-1.availability_zones", "fewer than 2"),
        (f"{EAST}/availability_zones/1", "us-east-1z", "regions.us-east-1.availability_zones[1]", "is not a zone"),
        (f"{EAST}/read_replicas", 15, "regions.us-east-1.read_replicas", "more than 14"),
        (f"{EAST}/read_replicas", -1, "regions.us-east-1.read_replicas", "less than 0"),
        (f"{EAST}/windows/database_backup", 90, "regions.us-east-1.windows.database_backup", "no text"),
        (
            f"{EAST}/windows/database_maintenance",
            "sat:23:30-sun:00:30",
            "regions.us-east-1.windows.database_maintenance",
            "midnight",
        ),
        ("witness_region", "eu-west-1", "witness_region", "do not belong to one set"),
        ("witness_region", "mars", "witness_region", "not one of them"),
        ("owner", "pl@tform!", "owner", "does not fit"),
        ("owner", "aws:platform", "owner", "refused"),
        ("owner", "x" * 257, "owner", "257 characters"),
        ("owner", "", "owner", "empty"),
        ("owner", "plät", "owner", "does not fit"),
        ("cost_center", 12, "cost_center", "in quotes"),
        ("account_id", 123456789012, "account_id", "in quotes"),
        ("account_id", "١٢٣٤٥٦٧٨٩٠١٢", "account_id", "does not fit"),
        ("domain", "Breiq.com", "domain", "does not fit"),
        ("domain", "-x.com", "domain", "does not fit"),
        ("domain", "x..com", "domain", "does not fit"),
        ("domain", "x" * 64 + ".com", "domain", "68 characters"),
        ("domain", "a" * 57 + ".com", "domain", "certificate of"),
        ("environment", "Staging", "environment", "does not fit"),
        ("environment", "a--b", "environment", "does not fit"),
        ("environment", "rehearsal-of-2026", "environment", "search domain"),
        ("generation", True, "generation", "no whole number"),
        ("generation", "1", "generation", "the quotes make it a text"),
        ("bake_s", float("nan"), "bake_s", "finite"),
        ("bake_s", float("inf"), "bake_s", "finite"),
        ("bake_s", -1, "bake_s", "too small"),
        ("log_retention_days", 31, "log_retention_days", "not one of them"),
        ("load_balancer/idle_timeout_s", 0, "load_balancer.idle_timeout_s", "less than 1"),
        ("load_balancer/deletion_protection", "yes", "load_balancer.deletion_protection", "neither true nor false"),
        ("services/video/cpu", 300, "services.video.cpu", "not one of them"),
        ("services/video/memory_mib", 4096, "services.video.memory_mib", "with 256 CPU units"),
        ("services/video/memory_mib", 1000, "services.video.memory_mib", "with 256 CPU units"),
        ("workers/worker/memory_mib", 8192, "workers.worker.memory_mib", "with 256 CPU units"),
        ("services/video/port", 80, "services.video.port", "less than 1024"),
        ("services/video/port", 70000, "services.video.port", "more than 65535"),
        ("services/video/paths", [], "services.video.paths", "fewer than 1"),
        ("services/video/paths", ["api/*"], "services.video.paths[0]", "does not fit"),
        ("services/video/paths", ["/a b"], "services.video.paths[0]", "does not fit"),
        ("services/video/paths", ["/" + "x" * 128], "services.video.paths[0]", "129 characters"),
        ("services/video/paths", ["/api/videos/*/*/*/*/*/*"], "services.video.paths", "wildcards"),
        ("services/video/probe_path", "/elsewhere", "services.video.probe_path", "fits none"),
        ("services/video/max_count", 5001, "services.video.max_count", "more than 5000"),
        ("services/video/stop_timeout_s", 121, "services.video.stop_timeout_s", "more than 120"),
        ("services/video/deregistration_delay_s", 3601, "services.video.deregistration_delay_s", "more than 3600"),
        ("scaling/cpu_target_pct", 101, "scaling.cpu_target_pct", "more than 100"),
        ("database/engine_version", 15, "database.engine_version", "in quotes"),
        ("database/engine_version", "16", "database.engine_version", "does not fit"),
        ("database/storage_gib", 10, "database.storage_gib", "less than 20"),
        ("database/max_storage_gib", 70_000, "database.max_storage_gib", "more than 65536"),
        ("database/name", "user", "database.name", "refused"),
        ("database/name", "1breiq", "database.name", "does not fit"),
        ("database/name", "br-eiq", "database.name", "does not fit"),
        ("database/instance_class", "large", "database.instance_class", "does not fit"),
        ("database/max_slot_wal_keep_mib", 15_000, "database.max_slot_wal_keep_mib", "15000 MiB of 20 GiB"),
        ("database/max_slot_wal_keep_mib", -1, "database.max_slot_wal_keep_mib", "less than 64"),
        ("database/limits/us-east-1/max_wal_senders", 2, "database.limits.us-east-1.max_wal_senders", "less than 5"),
        ("database/ca_file", "ca.pem", "database.ca_file", "does not fit"),
        ("cache/engine_version", 7.0, "cache.engine_version", "in quotes"),
        ("cache/engine_version", "6.2", "cache.engine_version", "not one of them"),
        ("cache/nodes", 0, "cache.nodes", "less than 1"),
        ("search/storage_gib", 9, "search.storage_gib", "less than 10"),
        ("search/engine_version", "Elasticsearch_7.10", "search.engine_version", "does not fit"),
        ("queues/media/visibility_timeout_s", "60", "queues.media.visibility_timeout_s", "the quotes"),
        ("recovery/evaluation", "cron(30 6 * * * *)", "recovery.evaluation", "exactly one of them"),
        ("recovery/evaluation", "cron(30 6 * * ?)", "recovery.evaluation", "5 fields"),
        ("recovery/evaluation", "cron(30 25 * * ? *)", "recovery.evaluation", "no hours"),
        ("recovery/evaluation", "rate(5 minute)", "recovery.evaluation", "wrong number"),
        ("recovery/evaluation", "every day", "recovery.evaluation", "no such expression"),
        ("security/backup/schedule", "cron(*/5 4 * * ? *)", "security.backup.schedule", "once an hour"),
        ("security/secret_rotation", 1001, "security.secret_rotation", "more than 1000"),
        ("security/github_repository", "breiq", "security.github_repository", "does not fit"),
        ("security/github_repository", "breiq/*", "security.github_repository", "does not fit"),
        ("storage/processed_ia", 29, "storage.processed_ia", "less than 30"),
        ("storage/processed_archive", 100, "storage.processed_archive", "Standard-IA begins"),
        ("storage/raw_glacier", 0, "storage.raw_glacier", "less than 1"),
        ("monitoring/budget_usd", 0, "monitoring.budget_usd", "too small"),
        ("monitoring/budget_usd", float("inf"), "monitoring.budget_usd", "finite"),
        ("monitoring/runbook_url", "http://x.y", "monitoring.runbook_url", "does not fit"),
        ("monitoring/slack_team_id", "t0", "monitoring.slack_team_id", "does not fit"),
        ("edge/price_class", "PriceClass_300", "edge.price_class", "not one of them"),
        ("services", None, "services", "is missing"),
        ("regions", [], "regions", "a mapping is required"),
        ("database", 5, "database", "a mapping is required"),
    ],
)
def test_what_aws_refuses_is_refused_with_value_limit_and_source(path: str, value: Any, key: str, word: str) -> None:
    found = refusal(changed(path, value))
    assert (found.key, found.file) == (key, "x.yaml")
    assert word in found.problem
    assert found.limit
    assert found.source


@pytest.mark.parametrize(
    ("path", "name", "key", "word"),
    [
        ("services/video", "Video", "services.Video", "does not fit"),
        ("services/video", "vi_deo", "services.vi_deo", "does not fit"),
        ("services/video", "video-", "services.video-", "does not fit"),
        ("services/video", "recommendations-engine-x", "services.recommendations-engine-x", "target group"),
        ("queues/media", "me dia", 'queues."me dia"', "does not fit"),
        ("queues/media", "x" * 61, f"queues.{'x' * 61}", "61 characters"),
        ("regions/us-east-1", "us-east-9", "regions.us-east-9", "not one of them"),
        ("regions/us-east-1", "us-east-1a", "regions.us-east-1a", "not one of them"),
    ],
)
def test_a_name_that_aws_refuses_is_refused(path: str, name: str, key: str, word: str) -> None:
    found = refusal(renamed(path, name))
    assert found.key == key
    assert word in found.problem
    assert found.limit
    assert found.source


def test_a_misspelt_field_is_told_with_the_one_that_is_meant() -> None:
    data = renamed("database/storage_gib", "storage_gb")
    assert (refusal(data).key, refusal(data).remedy) == ("database.storage_gb", "Write storage_gib")


@pytest.mark.parametrize("name", ["", "database", "regions.us-west-2.windows"])
def test_a_missing_field_is_named(name: str) -> None:
    data = copy.deepcopy(LOCAL)
    place = data
    for part in filter(None, name.split(".")):
        place = place[part]
    field = next(iter(place))
    del place[field]
    assert refusal(data).key == (f"{name}.{field}" if name else field)


@pytest.mark.parametrize(
    ("old", "new", "key"),
    [
        ("vpc_cidr: 10.0.0.0/16", "vpc_cidr: 10.0.0.0/8", "regions.us-east-1.vpc_cidr"),
        ("nat: one", "nat: two", "network.nat"),
        ("max_count: 2", "max_count: 035", "services.gateway.max_count"),
        ("port: 8002", "port: 0x1F42", "services.video.port"),
        ("cooldown_s: 300", "cooldown_s: 1:30", "scaling.cooldown_s"),
        ("environment: local", "environment: other", "environment"),
        ("instance_class: db.t4g.micro", "instance_class: db.t9g.micro", "database.instance_class"),
        ("config_rules: [rds-storage-encrypted]", "config_rules: [rds-storage-encripted]", "security.config_rules[0]"),
        ("read_replicas: 0\n", "read_replicas: 0\n    surprise: 1\n", "regions.us-east-1.surprise"),
    ],
)
def test_a_file_is_told_with_its_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, old: str, new: str, key: str
) -> None:
    text = TEXTS["local"].replace(old, new, 1)
    (tmp_path / "local.yaml").write_text(text)
    monkeypatch.setattr(files, "ENVIRONMENTS", tmp_path)
    monkeypatch.setattr(files, "ROOT", tmp_path)
    with pytest.raises(ConfigError) as caught:
        files.read_environment("local")
    assert (caught.value.file, caught.value.key) == ("local.yaml", key)
    last = new.strip().splitlines()[-1].strip()
    assert caught.value.line is not None
    assert last in text.splitlines()[caught.value.line - 1]


@pytest.mark.parametrize(
    ("name", "gib"),
    [
        ("db.t4g.micro", 1),
        ("db.r6g.large", 16),
        ("db.r6g.xlarge", 32),
        ("db.r6g.8xlarge", 256),
        ("db.m7g.16xlarge", 256),
        ("db.x2g.xlarge", 64),
        ("db.x2iedn.2xlarge", 256),
        ("db.m3.large", None),
        ("db.q1.large", None),
        ("db.r6g.metal", None),
    ],
)
def test_the_memory_of_a_class_follows_from_its_name(name: str, gib: float | None) -> None:
    assert instance_memory_gib(name) == gib


def test_every_class_that_rds_has_is_large_enough_for_something_or_not_judged() -> None:
    for name in files.read_instance_classes()["database"]["us-east-1"]:
        assert instance_memory_gib(name) != 0, name
    large = changed("database/instance_class", "db.r6g.8xlarge")
    assert parse_environment(large, file="x.yaml").database.instance_class == "db.r6g.8xlarge"


def test_an_error_crosses_processes_whole() -> None:
    error = refusal(changed("database/storage_gib", 1)).located(lambda _: 7)
    again = pickle.loads(pickle.dumps(error))
    assert (str(again), again.where) == (str(error), "x.yaml:7")
