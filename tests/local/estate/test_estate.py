"""The estate applied to a real local cloud: everything ends true, a second time nothing is touched, a kill is survived."""

import asyncio
import json
import signal
import ssl
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from dnslib import DNSRecord

import stackops
from estate import files, topology
from estate.errors import BreiqError
from estate.files import read_environment
from estate.manifest import decode_manifest
from provisioner.events import Event
from provisioner.state.integrity import needs
from stackops.workspace import open_workspace
from tests.local.running_cloud import RunningCloud, eventually

pytestmark = [pytest.mark.local, pytest.mark.timeout(300)]
ENVIRONMENT = read_environment("local")
EAST, WEST = "us-east-1", "us-west-2"


class Estate:
    """A local cloud with the bootstrap's secrets, and the estate's states beside it."""

    def __init__(self, cloud: RunningCloud, folder: Path) -> None:
        self.cloud, self.folder = cloud, folder
        self.endpoint = cloud.endpoints["aws"]
        secrets = cloud.client("secretsmanager")
        for name in (*topology.SECRETS, *topology.GIVEN_SECRETS):
            secrets.create_secret(
                Name=topology.secret(ENVIRONMENT, name),
                SecretString=f"a-long-enough-{name}",
                AddReplicaRegions=[{"Region": WEST}],
            )

    def apply(self, events: list[Event] | None = None) -> dict[str, Any]:
        return stackops.apply(
            ENVIRONMENT,
            endpoint_url=self.endpoint,
            state_dir=self.folder,
            on_event=(lambda _: None) if events is None else events.append,
        )

    def counts(self) -> dict[str, tuple[int, int, int]]:
        return {name: (r.created, r.unchanged, r.deleted) for name, r in self.apply().items()}

    def resources(self, stack: str) -> list[dict[str, Any]]:
        """Return what the stack's state holds, as the file is now."""
        path = self.folder / f"{stack}.json"
        return json.loads(path.read_text())["deployment"]["resources"] if path.exists() else []

    def forget(self, stack: str, type_: str) -> str:
        """Take one resource of the type out of the stack's state, and return its id."""
        path = self.folder / f"{stack}.json"
        document = json.loads(path.read_text())
        held = document["deployment"]["resources"]
        found = next(one for one in held if one["type"] == type_)
        held.remove(found)
        path.write_text(json.dumps(document))
        return str(found["id"])

    def address(self, name: str) -> str:
        answer = DNSRecord.parse(DNSRecord.question(name).send(self.cloud.endpoints["dns"], 53, timeout=5))
        return str(answer.rr[0].rdata)


@pytest.fixture(scope="module")
def estate(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Estate]:
    cloud = RunningCloud()
    assert cloud.said.get("ok"), cloud.said
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("BREIQ_LOCAL_DIR", str(cloud.folder))  # whose keys an apply asks for
        yield Estate(cloud, tmp_path_factory.mktemp("state"))
    cloud.down()


def test_a_killed_apply_is_ended_by_the_next_nothing_doubled(estate: Estate) -> None:
    code = (
        "import sys; from pathlib import Path; import stackops; from estate.files import read_environment\n"
        f"stackops.apply(read_environment('local'), endpoint_url={estate.endpoint!r}, "
        f"state_dir=Path({str(estate.folder)!r}))"
    )
    for stack, enough in (("local-foundation", 12), ("local-foundation", 40), ("local-us-east-1", 30)):
        process = subprocess.Popen([sys.executable, "-c", code])
        try:
            eventually(lambda s=stack: len(estate.resources(s)), lambda n, e=enough: n >= e, deadline_s=60)  # type: ignore[misc]
        finally:
            process.send_signal(signal.SIGKILL)
            process.wait()

    estate.apply()

    for region in (EAST, WEST):
        vpcs = estate.cloud.client("ec2", region).describe_vpcs()["Vpcs"]
        assert len([vpc for vpc in vpcs if not vpc["IsDefault"]]) == 1, region
        groups = estate.cloud.client("ec2", region).describe_security_groups()["SecurityGroups"]
        names = [group["GroupName"] for group in groups if group["GroupName"].startswith("breiq-")]
        assert len(names) == len(set(names)) > 5, region
        assert len(estate.cloud.client("rds", region).describe_db_instances()["DBInstances"]) == 1, region
    certificates = [
        len(estate.cloud.client("acm", r).list_certificates()["CertificateSummaryList"]) for r in (EAST, WEST)
    ]
    assert certificates == [2, 1]
    keys = estate.cloud.client("kms").list_keys()["Keys"]
    assert len(keys) == 1
    assert len(estate.cloud.client("route53").list_hosted_zones()["HostedZones"]) == 1


def test_a_second_apply_touches_nothing(estate: Estate) -> None:
    estate.apply()
    before = {path.name: path.read_bytes() for path in estate.folder.glob("*.json")}

    quick = estate.counts()
    for memory in estate.folder.glob("*.applied"):
        memory.unlink()
    events: list[Event] = []
    whole = estate.apply(events)

    assert all(created == deleted == 0 < unchanged for created, unchanged, deleted in quick.values())
    assert {name: (0, r.unchanged, 0) for name, r in whole.items()} == quick
    assert {event.action for event in events} == {"applied"}
    assert {path.name: path.read_bytes() for path in estate.folder.glob("*.json")} == before


def test_every_creation_may_have_been_interrupted(estate: Estate) -> None:
    """All at once that can be: the states say "being created" of each resource that no other needs. Each is found."""
    estate.apply()
    before: dict[str, str] = {}
    for stack in topology.stack_names(ENVIRONMENT):
        path = estate.folder / f"{stack}.json"
        document = json.loads(path.read_text())
        resources = document["deployment"]["resources"]
        needed = {urn for resource in resources for _, urn in needs(resource)}
        kept, begun = [], []
        for resource in resources:
            in_aws = resource["custom"] and not resource.get("external") and not resource["type"].startswith("pulumi:")
            (begun if in_aws and resource["urn"] not in needed else kept).append(resource)
        before |= {resource["urn"]: resource["id"] for resource in begun}
        begun = [{**{k: v for k, v in r.items() if k not in ("id", "outputs")}, "outputs": {}} for r in begun]
        document["deployment"]["resources"] = kept
        document["deployment"]["pending_operations"] = [{"type": "creating", "resource": r} for r in begun]
        path.write_text(json.dumps(document))
    assert len(before) > 200

    estate.apply()

    after = {r["urn"]: r.get("id", "") for s in topology.stack_names(ENVIRONMENT) for r in estate.resources(s)}
    assert {urn: after[urn] for urn, identity in before.items() if after[urn] != identity} == {}


def test_databases_run_and_the_second_follows_the_first(estate: Estate) -> None:
    estate.apply()

    async def ask(region: str) -> bool:
        endpoint = estate.cloud.client("rds", region).describe_db_instances()["DBInstances"][0]["Endpoint"]
        trust = ssl.create_default_context(cafile=estate.cloud.endpoints["ca_file"])
        trust.check_hostname = False  # asked by address here
        connection = await asyncpg.connect(
            host=estate.address(endpoint["Address"]),
            user="breiq_owner",
            password="a-long-enough-database-owner",
            database="breiq",
            ssl=trust,
            timeout=10,
        )
        in_recovery: bool = await connection.fetchval("select pg_is_in_recovery()")
        assert await connection.fetchval("select count(*) from pg_stat_ssl where pid = pg_backend_pid() and ssl") == 1
        await connection.close()
        return in_recovery

    assert asyncio.run(ask(EAST)) is False
    assert asyncio.run(ask(WEST)) is True


def test_each_region_holds_the_whole_manifest(estate: Estate) -> None:
    estate.apply()
    for region in (EAST, WEST):
        ssm = estate.cloud.client("ssm", region)
        pages = ssm.get_paginator("get_parameters_by_path").paginate(Path=topology.manifest_path(ENVIRONMENT))
        parts = {p["Name"].rpartition("/")[2]: p["Value"] for page in pages for p in page["Parameters"]}
        assert decode_manifest(parts, region).region.database_instance == f"breiq-local-{region}"


def test_the_origin_leads_to_the_first_region(estate: Estate) -> None:
    estate.apply()
    origin, east, west = (
        topology.origin_name(ENVIRONMENT),
        topology.regional_origin_name(ENVIRONMENT, EAST),
        topology.regional_origin_name(ENVIRONMENT, WEST),
    )
    assert eventually(lambda: estate.address(origin) == estate.address(east))
    assert estate.address(west) != estate.address(east)


def test_what_was_deleted_and_changed_by_hand_is_mended(estate: Estate) -> None:
    estate.apply()
    sqs, logs, ec2 = (estate.cloud.client(name, EAST) for name in ("sqs", "logs", "ec2"))
    queue = next(url for url in sqs.list_queues()["QueueUrls"] if url.endswith("-media"))
    group = next(one for one in logs.describe_log_groups()["logGroups"] if one.get("retentionInDays") == 30)
    sqs.delete_queue(QueueUrl=queue)
    logs.put_retention_policy(logGroupName=group["logGroupName"], retentionInDays=1)
    rule = estate.forget("local-us-east-1", "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule")

    results = estate.apply()

    east = results["local-us-east-1"]
    assert (east.created, east.imported, east.deleted, east.replaced) == (1, 1, 0, 0)
    assert 1 <= east.updated <= 2, "the retention, and what names the queue"
    assert queue in sqs.list_queues()["QueueUrls"]
    repaired = logs.describe_log_groups(logGroupNamePrefix=group["logGroupName"])["logGroups"][0]
    assert repaired["retentionInDays"] == 30
    assert ec2.describe_security_group_rules(SecurityGroupRuleIds=[rule])["SecurityGroupRules"]
    drifted = stackops.drift(ENVIRONMENT, endpoint_url=estate.endpoint, state_dir=estate.folder)
    assert [name for name, found in drifted.items() if found["drifted"]] == []


def test_priorities_swap_a_port_in_use_is_refused_and_the_file_put_back_goes(
    estate: Estate, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    estate.apply()
    text = (files.ENVIRONMENTS / "local.yaml").read_text()
    folder = tmp_path / "stacks" / "environments"
    folder.mkdir(parents=True)
    monkeypatch.setattr(files, "ROOT", tmp_path)
    monkeypatch.setattr(files, "ENVIRONMENTS", folder)

    def say(*changes: tuple[str, str]) -> None:
        said = text
        for old, new in changes:
            assert said.count(old) == 1, old
            said = said.replace(old, new)
        (folder / "local.yaml").write_text(said)
        for memory in estate.folder.glob("*.applied"):
            memory.unlink()

    auth, social = "port: 8001\n    priority: ", "port: 8003\n    priority: "
    say((f"{auth}10", f"{auth}20"), (f"{social}20", f"{social}10"))
    results = estate.apply()
    assert [(results[name].updated, results[name].replaced) for name in ("local-us-east-1", "local-us-west-2")] == [
        (4, 0),
        (4, 0),
    ]
    assert estate.apply()["local-us-east-1"].updated == 0

    say(("port: 8001", "port: 8011"))
    with pytest.raises(BreiqError, match="uses it") as caught:
        estate.apply()
    assert (caught.value.code, caught.value.category) == ("inputs_wrong", "refused")

    say()
    results = estate.apply()
    assert (results["local-us-east-1"].updated, results["local-us-east-1"].replaced) == (4, 0)


def test_destroyed_in_reverse_nothing_is_left(estate: Estate) -> None:
    estate.apply()
    for region in (WEST, EAST):  # what a person must do first, deliberately
        rds = estate.cloud.client("rds", region)
        rds.modify_db_instance(
            DBInstanceIdentifier=topology.database_instance(ENVIRONMENT, region), DeletionProtection=False
        )
    estate.cloud.client("dynamodb").update_table(
        TableName=topology.operations_table(ENVIRONMENT), DeletionProtectionEnabled=False
    )

    workspace = open_workspace(estate.folder, estate.endpoint, offline=False, on_event=lambda _: None)
    for stack in reversed(topology.stack_names(ENVIRONMENT)):
        workspace.destroy(stack, even_protected=True)

    for region in (EAST, WEST):
        client = estate.cloud.client
        assert [v for v in client("ec2", region).describe_vpcs()["Vpcs"] if not v["IsDefault"]] == []
        assert client("rds", region).describe_db_instances()["DBInstances"] == []
        assert client("elbv2", region).describe_load_balancers()["LoadBalancers"] == []
        assert client("ecs", region).list_services(cluster=topology.cluster(ENVIRONMENT))["serviceArns"] == []
    assert estate.cloud.client("s3").list_buckets()["Buckets"] == []
    assert estate.cloud.client("route53").list_hosted_zones()["HostedZones"] == []
