"""What is noted, watched, archived and backed up, in both regions at once; and the manifest's parts."""

import json
from typing import Any

import pulumi

from components.data.backups import GRACE_DAYS, Backups, BackupsArgs
from components.data.bucket import Bucket, BucketArgs
from components.manifest_part import ManifestPart, ManifestPartArgs
from components.observability.audit import Recorder, RecorderArgs, Trail, TrailArgs
from components.observability.log_archive import LogArchive, LogArchiveArgs
from components.security.guards import AccountGuards, AccountGuardsArgs, Watch, WatchArgs
from provisioner.values import plain
from tests.unit.components.kit import EAST, WEST, Built, Cloud, build, environment, specimen

STORES = {
    EAST: ["arn:aws:rds:us-east-1:123456789012:db:one", "arn:aws:dynamodb:us-east-1:123456789012:table/two"],
    WEST: ["arn:aws:rds:us-west-2:123456789012:db:one"],
}


def archives(cloud: Cloud) -> dict[str, Bucket]:
    return {
        region: Bucket(f"logs-{region}", BucketArgs(f"logs-{region}", None, one))
        for region, one in cloud.providers.items()
    }


def keys(cloud: Cloud) -> dict[str, pulumi.Output[str]]:
    return dict(zip((EAST, WEST), cloud.outputs("arn:key-east", "arn:key-west"), strict=True))


@specimen(Trail)
def trail(cloud: Cloud, opts: pulumi.ResourceOptions | None = None, objects: tuple[str, ...] = ("arn:clips",)) -> Trail:
    return Trail("trail", TrailArgs("breiq", archives(cloud)[WEST], "arn:key", objects, cloud.west), opts)


@specimen(Recorder)
def recorder(cloud: Cloud, opts: pulumi.ResourceOptions | None = None) -> Recorder:
    rules = ["encrypted-volumes"]
    args = RecorderArgs("breiq", WEST, rules, archives(cloud), keys(cloud), cloud.providers)
    return Recorder("recorder", args, opts)


@specimen(Watch)
def watch(cloud: Cloud, opts: pulumi.ResourceOptions | None = None, guard_duty: bool = True, hub: bool = True) -> Watch:
    return Watch("watch", WatchArgs(guard_duty, hub, {WEST: archives(cloud)[WEST].policy}, cloud.providers), opts)


@specimen(AccountGuards)
def account_guards(cloud: Cloud, opts: pulumi.ResourceOptions | None = None) -> AccountGuards:
    return AccountGuards("guards", AccountGuardsArgs("123456789012", WEST, cloud.providers), opts)


@specimen(LogArchive)
def log_archive(cloud: Cloud, opts: pulumi.ResourceOptions | None = None) -> LogArchive:
    args = LogArchiveArgs(environment(), archives(cloud), keys(cloud), cloud.providers)
    return LogArchive("archive", args, opts)


@specimen(Backups)
def backups(cloud: Cloud, opts: pulumi.ResourceOptions | None = None, name: str = "production") -> Backups:
    return Backups("backups", BackupsArgs(environment(name), STORES, keys(cloud), cloud.providers), opts)


@specimen(ManifestPart)
def manifest_part(cloud: Cloud, opts: pulumi.ResourceOptions | None = None) -> ManifestPart:
    (arn,) = cloud.outputs("arn:table")
    args = ManifestPartArgs(
        environment=environment(),
        part="foundation",
        data={"table": arn, "count": 2},
        regions=cloud.providers,
        pieces={"services.auth": {"family": arn}},
    )
    return ManifestPart("manifest", args, opts)


def policy_of(made: Built, name: str | None = None) -> list[dict[str, Any]]:
    return list(json.loads(made.inputs("iam.RolePolicy", name)["policy"])["Statement"])


# Who did what


def test_one_trail_of_all_regions_waits_for_leave_to_write() -> None:
    made = build(trail)
    assert made.tree() == ["cloudtrail.Trail trail: us-west-2; after s3.BucketPolicy logs-us-west-2"]
    given = made.inputs("cloudtrail.Trail")
    assert (given["isMultiRegionTrail"], given["enableLogFileValidation"], given["kmsKeyId"]) == (True, True, "arn:key")
    calls, objects = given["eventSelectors"]
    assert (calls["readWriteType"], objects["readWriteType"]) == ("All", "WriteOnly")
    assert objects["dataResources"] == [{"type": "AWS::S3::Object", "values": ["arn:clips/"]}]
    assert len(build(trail, objects=()).inputs("cloudtrail.Trail")["eventSelectors"]) == 1


def test_a_recorder_runs_once_its_deliveries_arrive() -> None:
    made = build(recorder)
    expected = []
    for kind, before in (
        ("DeliveryChannel", "cfg.Recorder recorder-{0}, s3.BucketPolicy logs-{0}"),
        ("Recorder", ""),
        ("RecorderStatus", "cfg.DeliveryChannel recorder-{0}"),
    ):
        for region in (EAST, WEST):
            after = f"; after {before.format(region)}" if before else ""
            expected.append(f"cfg.{kind} recorder-{region}: {region}{after}")
    rules = [f"cfg.Rule encrypted-volumes-{one}: {one}; after cfg.Recorder recorder-{one}" for one in (EAST, WEST)]
    assert made.tree() == [*expected, *rules, "iam.ServiceLinkedRole recorder-role: us-west-2"]
    assert made.gives["started"] == {one: f"cfg.RecorderStatus recorder-{one}" for one in (EAST, WEST)}
    groups = {one.region: one.inputs["recordingGroup"] for one in made.of("cfg.Recorder")}
    assert {region: one["includeGlobalResourceTypes"] for region, one in groups.items()} == {EAST: False, WEST: True}
    assert made.of("cfg.Rule")[0].inputs["source"]["sourceIdentifier"] == "ENCRYPTED_VOLUMES"


def test_what_watches_is_two_switches_and_the_hub_waits_for_what_it_reads() -> None:
    assert build(watch).tree() == [
        "guardduty.Detector watch-us-east-1: us-east-1",
        "guardduty.Detector watch-us-west-2: us-west-2",
        "securityhub.Account watch-us-east-1: us-east-1",
        "securityhub.Account watch-us-west-2: us-west-2; after s3.BucketPolicy logs-us-west-2",
    ]
    assert {one.kind for one in build(watch, hub=False).children} == {"guardduty.Detector"}
    assert build(watch, guard_duty=False, hub=False).children == []


def test_the_accounts_own_settings_are_set_once_and_a_regions_in_each() -> None:
    made = build(account_guards)
    assert made.tree() == [
        "ebs.EncryptionByDefault guards-us-east-1: us-east-1",
        "ebs.EncryptionByDefault guards-us-west-2: us-west-2",
        "iam.AccountPasswordPolicy guards: us-west-2",
        "s3.AccountPublicAccessBlock guards: us-west-2",
    ]
    block = made.inputs("s3.AccountPublicAccessBlock")
    assert {value for name, value in block.items() if name != "accountId"} == {True}
    assert made.inputs("iam.AccountPasswordPolicy")["minimumPasswordLength"] >= 14


# Archive and backups


def test_every_log_group_goes_to_the_regions_own_archive() -> None:
    made = build(log_archive)
    assert made.tree() == [
        "Role log-archive",
        "  iam.Role log-archive: us-east-1",
        "  iam.RolePolicy log-archive: us-east-1",
        "Role log-sender",
        "  iam.Role log-sender: us-east-1",
        "  iam.RolePolicy log-sender: us-east-1",
        "cloudwatch.LogAccountPolicy archive-us-east-1: us-east-1",
        "cloudwatch.LogAccountPolicy archive-us-west-2: us-west-2",
        "kinesis.FirehoseDeliveryStream archive-us-east-1: us-east-1",
        "kinesis.FirehoseDeliveryStream archive-us-west-2: us-west-2",
    ]
    for region, key in ((EAST, "arn:key-east"), (WEST, "arn:key-west")):
        into = made.inputs("kinesis.FirehoseDeliveryStream", f"archive-{region}")["extendedS3Configuration"]
        assert into["bucketArn"] == f"arn:aws:any:{region}:111122223333:logs-{region}"
        assert into["kmsKeyArn"] == key
        policy = made.inputs("cloudwatch.LogAccountPolicy", f"archive-{region}")
        stream = made.inputs("kinesis.FirehoseDeliveryStream", f"archive-{region}")["name"]
        arn = json.loads(policy["policyDocument"])["DestinationArn"]
        assert (policy["scope"], arn) == ("ALL", f"arn:aws:any:{region}:111122223333:{stream}")
    (sends,) = policy_of(made, "log-sender")
    assert sends["Action"] == ["firehose:PutRecord", "firehose:PutRecordBatch"]
    assert [one for one in policy_of(made, "log-archive") if "*" in one["Resource"]] == []


def test_each_region_fills_its_vault_and_copies_to_the_other() -> None:
    made = build(backups)
    assert [line for line in made.tree() if "protected" in line] == [
        "backup.Vault backups-us-east-1: us-east-1; protected",
        "backup.Vault backups-us-west-2: us-west-2; protected",
    ]
    assert len(made.tree()) == 11
    for here, there in ((EAST, WEST), (WEST, EAST)):
        (rule,) = made.inputs("backup.Plan", f"backups-{here}")["rules"]
        (copy,) = rule["copyActions"]
        assert rule["targetVaultName"] == "breiq-production"
        assert copy["destinationVaultArn"] == f"arn:aws:any:{there}:111122223333:breiq-production"
        assert copy["lifecycle"] == rule["lifecycle"] == {"deleteAfter": environment().security.backup.retention}
        assert made.inputs("backup.Selection", f"backups-{here}")["resources"] == STORES[here]


def test_a_lock_of_compliance_closes_and_one_of_governance_stays_open() -> None:
    locks = {
        name: build(backups, name=name).inputs("backup.VaultLockConfiguration", f"backups-{EAST}")
        for name in ("production", "local")
    }
    assert locks["production"]["changeableForDays"] == GRACE_DAYS
    assert "changeableForDays" not in locks["local"]


def test_backups_may_delete_what_they_took_and_nothing_else() -> None:
    statements = policy_of(build(backups))
    deleted = [one["Resource"] for one in statements if any("Delete" in action for action in one["Action"])]
    assert [arn for arns in deleted for arn in arns if "awsbackup" not in arn and "/backup/" not in arn] == []
    wide = {action for one in statements if one["Resource"] == ["*"] for action in one["Action"]}
    assert wide == {"rds:DescribeDBInstances", "rds:DescribeDBSnapshots", "tag:GetResources"}


# The manifest


def test_a_part_is_in_each_region_and_names_its_pieces_by_their_hashes() -> None:
    made = build(manifest_part)
    assert made.tree() == [
        f"ssm.Parameter manifest-{region}{piece}: {region}"
        for region in (EAST, WEST)
        for piece in ("", "-services.auth")
    ]
    written = {(one.region, one.inputs["name"]): plain(one.inputs["value"]) for one in made.children}
    path = "/breiq/production/manifest/foundation"
    part, piece = (json.loads(written[EAST, name]) for name in (path, f"{path}.services.auth"))
    assert (part["data"], piece["data"]) == ({"table": "arn:table", "count": 2}, {"family": "arn:table"})
    assert part["pieces"] == {"services.auth": piece["sha256"]}
    assert {name: text for (region, name), text in written.items() if region == EAST} == {
        name: text for (region, name), text in written.items() if region == WEST
    }
