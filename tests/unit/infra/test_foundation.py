"""The foundation as declared: buckets, key, table, repository, roles, what watches, and backups."""

from dataclasses import replace
from typing import Any

import pytest

from estate import topology
from estate.permits import listed, statements
from infra.foundation.buckets import SERVED_PREFIXES, VAULT_PREFIXES
from provisioner.state.state import Resource
from tests.unit.infra.kit import Declared, json_of

EAST, WEST = "us-east-1", "us-west-2"
KINDS = ("videos", "static", "audit", "archive", "logs")


@pytest.fixture(scope="module")
def local(estate: Declared) -> Declared:
    return foundation_of(estate)


@pytest.fixture(scope="module")
def grown(production: Declared) -> Declared:
    return foundation_of(production)


def foundation_of(estate: Declared) -> Declared:
    name = f"{estate.environment.environment}-foundation"
    return replace(estate, stacks={name: estate.stacks[name]})


def region_of(resource: Resource) -> str:
    return resource.provider.partition("::aws-")[2].partition("::")[0]


def part(estate: Declared, kind: str, bucket: str) -> dict[str, Any]:
    """Return the inputs of a bucket's part: its lifecycle, its policy, …"""
    inputs: dict[str, Any] = estate.one(f"s3/{kind}", name=bucket).inputs
    return inputs


# Buckets


def test_every_bucket_is_private_versioned_encrypted_and_asks_for_new_tls(local: Declared) -> None:
    buckets = {r.inputs["bucket"]: region_of(r) for r in local.of("s3/bucket:Bucket")}
    expected = {f"breiq-{kind}-local-{region}": region for kind in KINDS for region in (EAST, WEST)}
    assert buckets == {**expected, f"breiq-vault-local-{WEST}": WEST}
    for name, region in buckets.items():
        block = local.one("s3/bucketPublicAccessBlock:BucketPublicAccessBlock", name=name)
        assert region_of(block) == region
        assert [value for key, value in block.inputs.items() if key != "bucket"].count(True) == 4
        versioning = part(local, "bucketVersioning:BucketVersioning", name)
        assert versioning["versioningConfiguration"] == {"status": "Enabled"}
        policy = json_of(part(local, "bucketPolicy:BucketPolicy", name)["policy"])
        denials = [one for one in statements(policy) if one["Effect"] == "Deny"]
        assert {str(one["Condition"]) for one in denials} == {
            "{'Bool': {'aws:SecureTransport': 'false'}}",
            "{'NumericLessThan': {'s3:TlsVersion': '1.2'}}",
        }


def test_buckets_have_our_key_but_those_that_access_logs_are_delivered_to(local: Declared) -> None:
    for one in local.of("s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration"):
        (rule,) = one.inputs["rules"]
        algorithm = rule["applyServerSideEncryptionByDefault"]["sseAlgorithm"]
        logs = "-logs-" in one.inputs["bucket"]
        assert (algorithm, rule["bucketKeyEnabled"]) == (("AES256", False) if logs else ("aws:kms", True))


def test_accesses_are_noted_in_the_regions_own_log_bucket(local: Declared) -> None:
    noted = {r.inputs["bucket"]: r.inputs for r in local.of("s3/bucketLogging:BucketLogging")}
    everything = {r.inputs["bucket"] for r in local.of("s3/bucket:Bucket")}
    assert everything - noted.keys() == {topology.log_bucket(local.environment, r) for r in (EAST, WEST)}
    for name, inputs in noted.items():
        assert inputs["targetBucket"].endswith(EAST if name.endswith(EAST) else WEST)
        assert inputs["targetPrefix"] == f"s3/{name}/"


def test_lifecycles_are_those_of_the_specification(grown: Declared) -> None:
    """Specification 2.4, and 6.2 for what the archive keeps."""
    name = topology.video_bucket(grown.environment, EAST)
    rules = {
        one["id"]: one
        for one in part(grown, "bucketLifecycleConfiguration:BucketLifecycleConfiguration", name)["rules"]
    }
    assert rules["raw"]["filter"] == {"prefix": "raw/"}
    assert rules["raw"]["transitions"] == [{"days": 30, "storageClass": "GLACIER"}]
    assert rules["processed"]["transitions"] == [
        {"days": 90, "storageClass": "STANDARD_IA"},
        {"days": 365, "storageClass": "GLACIER_IR"},
    ]
    assert rules["temporary"]["expiration"] == {"days": 1}
    assert rules["leftovers"]["noncurrentVersionExpiration"] == {"noncurrentDays": 35}
    assert rules["leftovers"]["abortIncompleteMultipartUpload"] == {"daysAfterInitiation": 7}
    assert {"thumbnails", "profiles"} & rules.keys() == set()
    archive = topology.archive_bucket(grown.environment, WEST)
    kept = part(grown, "bucketLifecycleConfiguration:BucketLifecycleConfiguration", archive)["rules"]
    assert {one["id"]: one["expiration"].get("days") for one in kept} == {"leftovers": None, "logs": 365, "audit": 2557}


def test_buckets_replicate_to_each_other_in_time_and_into_the_vault(local: Declared) -> None:
    for what, name in (("videos", topology.video_bucket), ("static", topology.static_bucket)):
        for region, other in ((EAST, WEST), (WEST, EAST)):
            one = local.one("s3/bucketReplicationConfig:BucketReplicationConfig", name=f"{what}-{region}")
            first, *rest = one.inputs["rules"]
            assert first["destination"]["bucket"].endswith(name(local.environment, other))
            assert first["deleteMarkerReplication"] == {"status": "Enabled"}
            assert first["sourceSelectionCriteria"]["replicaModifications"] == {"status": "Enabled"}
            assert first["destination"]["replicationTime"] == {"status": "Enabled", "time": {"minutes": 15}}
            assert first["destination"]["metrics"] == {"status": "Enabled", "eventThreshold": {"minutes": 15}}
            assert len({rule["priority"] for rule in one.inputs["rules"]}) == len(one.inputs["rules"])
            vaulted = {rule["filter"]["prefix"]: rule["destination"]["storageClass"] for rule in rest}
            assert vaulted == (dict.fromkeys(VAULT_PREFIXES, "GLACIER") if what == "videos" else {})


@pytest.mark.parametrize(("environment", "mode"), [("local", "GOVERNANCE"), ("grown", "COMPLIANCE")])
def test_vault_and_audit_lock_what_is_written(request: pytest.FixtureRequest, environment: str, mode: str) -> None:
    estate: Declared = request.getfixturevalue(environment)
    locks = estate.of("s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration")
    retention = {r.inputs["bucket"]: r.inputs["rule"]["defaultRetention"] for r in locks}
    vault = topology.vault_bucket(estate.environment)
    assert retention.pop(vault) == {"mode": mode, "days": estate.environment.storage.vault}
    assert retention == {
        topology.audit_bucket(estate.environment, region): {"mode": "GOVERNANCE", "days": 365}
        for region in (EAST, WEST)
    }
    locked = {r.inputs["bucket"] for r in estate.of("s3/bucket:Bucket") if r.inputs.get("objectLockEnabled")}
    assert locked == {vault, *retention}
    (inventory,) = estate.of("s3/inventory:Inventory")
    assert (inventory.inputs["bucket"], inventory.inputs["schedule"]) == (vault, {"frequency": "Weekly"})


def test_the_edge_reads_what_is_served_and_never_originals(local: Declared) -> None:
    name = topology.video_bucket(local.environment, EAST)
    policy = json_of(part(local, "bucketPolicy:BucketPolicy", name)["policy"])
    (edge,) = [one for one in statements(policy) if one["Sid"] == "EdgeReads"]
    assert edge["Resource"] == [f"arn:aws:s3:::{name}/{prefix}*" for prefix in SERVED_PREFIXES]
    account = local.environment.account_id
    assert edge["Condition"] == {"ArnLike": {"aws:SourceArn": f"arn:aws:cloudfront::{account}:distribution/*"}}


# Key, table, images, names


def test_the_operations_table_is_strongly_consistent_with_a_witness(local: Declared) -> None:
    table = local.one("dynamodb/table:Table").inputs
    assert table["replicas"] == [{"regionName": WEST, "consistencyMode": "STRONG"}]
    assert table["globalTableWitness"] == {"regionName": "us-east-2"}
    assert (table["hashKey"], table["rangeKey"], table["billingMode"]) == ("pk", "sk", "PAY_PER_REQUEST")
    assert "ttl" not in table


def test_the_key_is_one_in_both_regions_with_one_policy(local: Declared) -> None:
    key, replica = local.one("kms/key:Key"), local.one("kms/replicaKey:ReplicaKey")
    assert key.inputs["multiRegion"] is True
    assert replica.inputs["primaryKeyArn"] == key.outputs["arn"]
    assert key.inputs["policy"] == replica.inputs["policy"]
    assert {r.inputs["name"] for r in local.of("kms/alias:Alias")} == {"alias/breiq-local-data"}
    for statement in statements(json_of(key.inputs["policy"])):
        assert statement["Sid"] == "AccountDecides" or statement["Condition"], statement["Sid"]


def test_images_are_scanned_kept_in_both_regions_and_their_tags_stand(local: Declared) -> None:
    repositories = local.of("ecr/repository:Repository")
    assert {region_of(r) for r in repositories} == {EAST, WEST}
    for one in repositories:
        assert one.inputs["imageTagMutability"] == "IMMUTABLE"
        assert one.inputs["imageScanningConfiguration"] == {"scanOnPush": True}
        assert one.inputs["encryptionConfigurations"][0]["encryptionType"] == "KMS"
    copies = local.of("ecr/replicationConfiguration:ReplicationConfiguration")
    targets = {
        region_of(r): r.inputs["replicationConfiguration"]["rules"][0]["destinations"][0]["region"] for r in copies
    }
    assert targets == {EAST: WEST, WEST: EAST}
    policies = [json_of(r.inputs["policy"]) for r in local.of("ecr/lifecyclePolicy:LifecyclePolicy")]
    assert [[rule["rulePriority"] for rule in policy["rules"]] for policy in policies] == [[1, 2], [1, 2]]


def test_certificates_carry_the_names_that_are_asked_for_and_amazon_alone_issues_them(local: Declared) -> None:
    regional = local.one("acm/certificate:Certificate", name=f"certificate-{WEST}").inputs
    assert {regional["domainName"], *regional["subjectAlternativeNames"]} == {
        "origin.local.breiq.test",
        "us-west-2.origin.local.breiq.test",
        "local.breiq.test",
    }
    assert region_of(local.one("acm/certificate:Certificate", name="certificate-edge")) == EAST
    authorities = local.one("route53/record:Record", name="authorities").inputs
    assert authorities["type"] == "CAA"
    assert authorities["records"] == [
        f'0 issue "{name}"' for name in ("amazon.com", "amazontrust.com", "awstrust.com", "amazonaws.com")
    ]


# Roles


def test_each_service_and_worker_has_a_role_of_its_own(local: Declared) -> None:
    environment = local.environment
    names = {r.inputs["name"] for r in local.of("iam/role:Role")}
    wanted = {"execution", "deploy", "operations", "break-glass", "backup", "log-archive", "log-sender"}
    wanted |= {f"task-{name}" for name in (*environment.services, *environment.workers)}
    assert {topology.role(environment, name) for name in wanted} <= names


def test_no_secret_is_named_by_a_wildcard(local: Declared) -> None:
    for policy in local.of("iam/rolePolicy:RolePolicy"):
        for statement in statements(json_of(policy.inputs["policy"])):
            if "secretsmanager:GetSecretValue" in listed(statement["Action"]):
                assert all(arn.endswith("-??????") for arn in statement["Resource"])
                assert {arn.split(":")[3] for arn in statement["Resource"]} == {EAST, WEST}


# What watches, and backups


def test_logs_go_to_the_regions_own_archive(local: Declared) -> None:
    streams = {region_of(r): r for r in local.of("kinesis/firehoseDeliveryStream:FirehoseDeliveryStream")}
    for region, stream in streams.items():
        target = stream.inputs["extendedS3Configuration"]
        assert target["bucketArn"].endswith(topology.archive_bucket(local.environment, region))
        assert target["prefix"].startswith("logs/")
        policy = local.one("cloudwatch/logAccountPolicy:LogAccountPolicy", name=f"log-archive-{region}").inputs
        assert json_of(policy["policyDocument"])["DestinationArn"] == stream.outputs["arn"]
    assert streams.keys() == {EAST, WEST}


def test_the_trail_lives_outside_us_east_1_and_notes_all_regions(grown: Declared) -> None:
    trail = grown.one("cloudtrail/trail:Trail")
    assert region_of(trail) == WEST
    assert trail.inputs["isMultiRegionTrail"] is True
    assert trail.inputs["enableLogFileValidation"] is True
    bucket = trail.inputs["s3BucketName"]
    policy = json_of(part(grown, "bucketPolicy:BucketPolicy", bucket)["policy"])
    (writes,) = [one for one in statements(policy) if one["Sid"] == "TrailWrites"]
    assert writes["Condition"]["StringEquals"]["aws:SourceArn"] == topology.trail_arn(grown.environment)
    assert writes["Resource"] == [f"arn:aws:s3:::{bucket}/audit/AWSLogs/{grown.environment.account_id}/*"]


def test_production_watches_all_it_can(grown: Declared) -> None:
    both = {EAST, WEST}
    for kind in (
        "guardduty/detector:Detector",
        "securityhub/account:Account",
        "ebs/encryptionByDefault:EncryptionByDefault",
    ):
        assert {region_of(r) for r in grown.of(kind)} == both, kind
    assert {region_of(r) for r in grown.of("cfg/recorderStatus:RecorderStatus")} == both
    recorders = {region_of(r): r.inputs["recordingGroup"] for r in grown.of("cfg/recorder:Recorder")}
    assert [recorders[region]["includeGlobalResourceTypes"] for region in (EAST, WEST)] == [True, False]
    rules = {r.inputs["source"]["sourceIdentifier"] for r in grown.of("cfg/rule:Rule")}
    assert {"RDS_STORAGE_ENCRYPTED", "RDS_MULTI_AZ_SUPPORT"} <= rules


def test_switches_that_are_off_declare_nothing(staging: Declared) -> None:
    assert staging.of("guardduty/detector:Detector") == []
    assert staging.of("cfg/recorder:Recorder") == []
    assert len(staging.of("cloudtrail/trail:Trail")) == 1


def test_each_region_backs_up_into_a_locked_vault_and_copies_to_the_other(grown: Declared) -> None:
    for region, other in ((EAST, WEST), (WEST, EAST)):
        vault = grown.one("backup/vault:Vault", name=f"backups-{region}")
        assert vault.protect
        lock = grown.one("backup/vaultLockConfiguration:VaultLockConfiguration", name=f"backups-{region}").inputs
        assert (lock["minRetentionDays"], lock["maxRetentionDays"], lock["changeableForDays"]) == (35, 35, 3)
        (rule,) = grown.one("backup/plan:Plan", name=f"backups-{region}").inputs["rules"]
        (copied,) = rule["copyActions"]
        assert copied["destinationVaultArn"] == grown.one("backup/vault:Vault", name=f"backups-{other}").outputs["arn"]
        assert rule["lifecycle"] == copied["lifecycle"] == {"deleteAfter": 35}
        chosen = grown.one("backup/selection:Selection", name=f"backups-{region}").inputs["resources"]
        assert topology.database_arn(grown.environment, region) in chosen


def test_a_governance_lock_can_be_taken_off(local: Declared) -> None:
    lock = local.one("backup/vaultLockConfiguration:VaultLockConfiguration", name=f"backups-{EAST}").inputs
    assert "changeableForDays" not in lock
