"""The table of limits is what AWS's models, cfn-lint's schemas and PostgreSQL itself say."""

import re
import subprocess
from functools import cache
from itertools import pairwise
from typing import Any

import pytest
from cfnlint.helpers import AVAILABILITY_ZONES
from cfnlint.schema.manager import PROVIDER_SCHEMA_MANAGER

from estate import files
from estate.config import checks_names
from estate.config.limits.table import TABLE
from estate.config.limits.tables import FARGATE_MIB, LOG_DAYS, MONITORING_S, ZONES
from localcloud.programs import postgres
from tests.contract import managed_rules
from tests.contract.aws_models import service_model


def test_zones_are_those_that_cfn_lint_knows() -> None:
    assert {region: [f"{region}{letter}" for letter in letters] for region, letters in ZONES.items()} == {
        region: AVAILABILITY_ZONES[region] for region in ZONES
    }


def test_fargates_sizes_are_those_that_cfn_lint_knows() -> None:
    import json
    from importlib.resources import files as package

    name = "data/schemas/extensions/aws_ecs_taskdefinition/fargate_cpu_memory.json"
    offers = json.loads(package("cfnlint").joinpath(name).read_text())["then"]["anyOf"]
    found = {}
    for offer in offers:
        (cpu,) = offer["properties"]["Cpu"]["then"]["enum"]
        memory = offer["properties"]["Memory"]["then"]
        found[int(cpu)] = tuple(memory.get("enum") or sizes(memory))
    assert found == FARGATE_MIB


def sizes(schema: dict[str, Any]) -> range:
    return range(schema["minimum"], schema["maximum"] + 1, schema["multipleOf"])


@cache
def schema(resource: str) -> dict[str, Any]:
    found: dict[str, Any] = PROVIDER_SCHEMA_MANAGER.get_resource_schema("us-east-1", resource).schema
    return found


def test_days_of_logs_and_seconds_of_monitoring_are_those_of_the_schemas() -> None:
    assert tuple(schema("AWS::Logs::LogGroup")["properties"]["RetentionInDays"]["enum"]) == LOG_DAYS
    words = schema("AWS::RDS::DBInstance")["properties"]["MonitoringInterval"]["description"]
    found = re.search(r"Valid Values: ``([0-9 |]+)``", words)
    assert found is not None
    assert tuple(map(int, found[1].split("|")))[1:] == MONITORING_S


def edges(path: str) -> tuple[int, int]:
    """Return the least and the most whole number that a limit takes, read from its words."""
    found = re.match(r"(?:null, or )?(\d+) to (\d+)", TABLE[path].words)
    assert found is not None, path
    minimum, maximum = int(found[1]), int(found[2])
    assert [TABLE[path].why_not(each) is None for each in (minimum - 1, minimum, maximum, maximum + 1)] == [
        False,
        True,
        True,
        False,
    ]
    return minimum, maximum


@pytest.mark.parametrize(
    ("path", "resource", "name", "scale"),
    [
        ("queues.*.visibility_timeout_s", "AWS::SQS::Queue", "VisibilityTimeout", 1),
        ("queues.*.retention_days", "AWS::SQS::Queue", "MessageRetentionPeriod", 86_400),
        ("cache.nodes", "AWS::ElastiCache::ReplicationGroup", "NumCacheClusters", 1),
        ("services.*.port", "AWS::ElasticLoadBalancingV2::TargetGroup", "Port", 1),
    ],
)
def test_numbers_lie_in_what_the_schemas_take(path: str, resource: str, name: str, scale: int) -> None:
    taken = schema(resource)["properties"][name]
    minimum, maximum = edges(path)
    assert taken["minimum"] <= minimum * scale
    assert maximum * scale <= taken["maximum"]


def test_postgresql_takes_every_limit_of_its_parameters() -> None:
    shown = subprocess.run([postgres.BIN / "postgres", "--describe-config"], capture_output=True, text=True, check=True)
    rows = {row[0]: (int(row[5]), int(row[6])) for row in map(tabbed, shown.stdout.splitlines()) if row[3] == "INTEGER"}
    for path in TABLE:
        if path.startswith("database.limits.*."):
            minimum, maximum = edges(path)
            assert rows[path.rpartition(".")[2]][0] <= minimum, path
            assert maximum <= rows[path.rpartition(".")[2]][1], path
    assert edges("database.max_slot_wal_keep_mib")[1] <= rows["max_slot_wal_keep_size"][1]


def tabbed(line: str) -> list[str]:
    return line.split("\t")


@pytest.mark.parametrize(
    ("path", "service", "shape"),
    [
        ("security.secret_rotation", "secretsmanager", "AutomaticallyRotateAfterDaysType"),
    ],
)
def test_numbers_are_those_of_the_models(path: str, service: str, shape: str) -> None:
    taken = service_model(service).shape_for(shape).metadata
    assert edges(path) == (taken["min"], taken["max"])


@pytest.mark.parametrize(
    ("path", "service", "shape"),
    [
        ("search.engine_version", "opensearch", "VersionString"),
        ("monitoring.slack_team_id", "chatbot", "SlackTeamId"),
        ("monitoring.slack_channel_id", "chatbot", "SlackChannelId"),
        ("owner", "ecs", "TagValue"),
        ("domain", "acm", "DomainNameString"),
        ("recovery.evaluation", "scheduler", "ScheduleExpression"),
        ("services.*.health_path", "elbv2", "Path"),
    ],
)
def test_texts_are_at_most_as_long_as_the_models_take_and_their_example_fits(
    path: str, service: str, shape: str
) -> None:
    taken, limit = service_model(service).shape_for(shape).metadata, TABLE[path]
    found = re.search(r"at most (\d+) characters", limit.words)
    assert found is not None
    assert int(found[1]) <= taken["max"]
    assert limit.why_not(limit.example) is None
    if "\\p{" not in taken.get("pattern", ""):
        assert re.fullmatch(taken.get("pattern", ".*"), limit.example)


RULES = {
    "SEARCH": ("opensearch", "DomainName"),
    "CANARY": ("synthetics", "CanaryName"),
    "SCHEDULE": ("scheduler", "Name"),
    "REPOSITORY": ("ecr", "RepositoryName"),
    "ROLE": ("iam", "roleNameType"),
    "VAULT": ("backup", "BackupVaultName"),
    "CONFIG_RULE": ("config", "ConfigRuleName"),
    "STREAM": ("firehose", "DeliveryStreamName"),
    "TABLE_NAME": ("dynamodb", "TableName"),
}


@pytest.mark.parametrize("rule", sorted(RULES))
@pytest.mark.parametrize("environment", files.list_environments())
def test_every_name_that_fits_our_rule_fits_the_model(environment: str, rule: str) -> None:
    ours = getattr(checks_names, rule)
    service, shape = RULES[rule]
    taken = service_model(service).shape_for(shape).metadata
    if "max" in taken:
        assert ours.longest <= taken["max"]
    env = files.read_environment(environment)
    names = [
        name for _, each, _, name in (*checks_names._of_environment(env), *checks_names._of_parts(env)) if each is ours
    ]
    assert names or rule == "CONFIG_RULE"
    for name in names:
        assert re.fullmatch(taken["pattern"], name), name


def test_the_managed_rules_are_those_that_moto_ships() -> None:
    assert managed_rules.FILE.read_text() == managed_rules.text(), "run: python tests/contract/managed_rules.py"
    known = files.read_managed_rules()
    assert known == managed_rules.rules()
    assert all(one < other for one, other in pairwise(known))
    assert "rds-storage-encrypted" in known
