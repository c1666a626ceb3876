"""Every rule has a resource that breaks it and one that keeps it."""

import json
from typing import Any

import pytest

import policies.rules  # noqa: F401
from policies import tokens
from policies.rule import RULES, Subject

TAGS = {"Project": "breiq", "Environment": "production", "Owner": "a", "CostCenter": "b", "ManagedBy": "pulumi"}


def one(kind: str, name: str = "it", **props: Any) -> Subject:
    meta = {key: props.pop(f"_{key}") for key in ("protect", "region", "stack", "tags") if f"_{key}" in props}
    return Subject(
        **{"stack": "production-us-east-1", "region": "us-east-1", **meta}, type=kind, name=name, props=props
    )


def policy(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def allow(action: str, resource: str = "arn:aws:s3:::b/*", **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": [action], "Resource": [resource], **more}


BUCKET = one(tokens.BUCKET, bucket="videos-x")
SSE = {"sseAlgorithm": "aws:kms", "kmsMasterKeyId": "k"}
PLAIN_DENIED = {
    "Effect": "Deny",
    "Principal": "*",
    "Action": "s3:*",
    "Condition": {"Bool": {"aws:SecureTransport": "false"}},
}
CONTAINER = {"name": "app", "readonlyRootFilesystem": True}
BLOCK = dict.fromkeys(("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets"), True)
EAST, WEST = "arn:aws:ecs:us-east-1:1:x", "arn:aws:ecs:us-west-2:1:x"
EDGE = {
    "viewerCertificate": {"minimumProtocolVersion": "TLSv1.2_2021"},
    "defaultCacheBehavior": {"viewerProtocolPolicy": "redirect-to-https"},
    "origins": [
        {
            "originId": "o",
            "customOriginConfig": {"originProtocolPolicy": "https-only", "originSslProtocols": ["TLSv1.2"]},
        }
    ],
}
REPLICA = one(tokens.DATABASE, "replica", _region="us-west-2", replicateSourceDb="arn:aws:rds:us-east-1:1:db:x")

# rule id → (what breaks it, what keeps it); each a list of subjects seen together
EXAMPLES: dict[str, tuple[list[Subject], list[Subject]]] = {
    "ENC-1": (
        [one(tokens.DATABASE, storageEncrypted=True)],
        [
            one(tokens.DATABASE, storageEncrypted=True, kmsKeyId="k"),
            one(tokens.DATABASE, replicateSourceDb="the-source"),
        ],
    ),
    "ENC-2": (
        [
            BUCKET,
            one(
                tokens.BUCKET_ENCRYPTION,
                bucket="videos-x",
                rules=[{"applyServerSideEncryptionByDefault": {"sseAlgorithm": "AES256"}}],
            ),
        ],
        [
            BUCKET,
            one(
                tokens.BUCKET_ENCRYPTION,
                bucket="videos-x",
                rules=[{"applyServerSideEncryptionByDefault": SSE, "bucketKeyEnabled": True}],
            ),
        ],
    ),
    "ENC-3": ([one(tokens.CACHE)], [one(tokens.CACHE, atRestEncryptionEnabled=True)]),
    "ENC-4": (
        [one(tokens.SEARCH, encryptAtRest={"enabled": True})],
        [one(tokens.SEARCH, encryptAtRest={"enabled": True}, nodeToNodeEncryption={"enabled": True})],
    ),
    "ENC-5": (
        [one(tokens.TOPIC, sqsManagedSseEnabled=True)],
        [one(tokens.QUEUE, sqsManagedSseEnabled=True), one(tokens.TOPIC, kmsMasterKeyId="k")],
    ),
    "ENC-6": ([one(tokens.KEY)], [one(tokens.KEY, enableKeyRotation=True)]),
    "ENC-7": (
        [one(tokens.REPOSITORY, encryptionConfigurations=[{"encryptionType": "AES256"}])],
        [
            one(tokens.REPOSITORY, encryptionConfigurations=[{"encryptionType": "KMS"}]),
            one(tokens.BACKUP_VAULT, kmsKeyArn="k"),
        ],
    ),
    "EXP-1": ([one(tokens.DATABASE, publiclyAccessible=True)], [one(tokens.DATABASE, publiclyAccessible=False)]),
    "EXP-2": (
        [BUCKET, one(tokens.PUBLIC_ACCESS_BLOCK, bucket="videos-x", **{**BLOCK, "ignorePublicAcls": False})],
        [BUCKET, one(tokens.PUBLIC_ACCESS_BLOCK, bucket="videos-x", **BLOCK)],
    ),
    "EXP-3": (
        [one(tokens.SECURITY_GROUP_INGRESS, cidrIpv4="0.0.0.0/0", fromPort=443, toPort=443)],
        [one(tokens.SECURITY_GROUP, ingress=[{"prefixListIds": ["pl-1"], "fromPort": 443}])],
    ),
    "EXP-4": (
        [one(tokens.ECS_SERVICE, networkConfiguration={"assignPublicIp": True})],
        [one(tokens.ECS_SERVICE, networkConfiguration={"assignPublicIp": False})],
    ),
    "EXP-5": ([one(tokens.SEARCH)], [one(tokens.SEARCH, vpcOptions={"subnetIds": ["s"]})]),
    "EXP-6": ([one(tokens.VPC)], [one(tokens.VPC), one(tokens.DEFAULT_SECURITY_GROUP)]),
    "EXP-7": ([one(tokens.SUBNET, mapPublicIpOnLaunch=True)], [one(tokens.SUBNET)]),
    "EXP-8": (
        [one(tokens.LISTENER, defaultActions=[{"type": "forward"}])],
        [one(tokens.LISTENER, defaultActions=[{"type": "fixed-response"}])],
    ),
    "EXP-9": (
        [one(tokens.TASK_DEFINITION, containerDefinitions=json.dumps([{**CONTAINER, "privileged": True}]))],
        [one(tokens.TASK_DEFINITION, containerDefinitions=json.dumps([CONTAINER]))],
    ),
    "EXP-10": (
        [one(tokens.BUCKET_POLICY, policy=policy({**allow("s3:GetObject"), "Principal": "*"}))],
        [
            one(
                tokens.BUCKET_POLICY,
                policy=policy({**allow("s3:GetObject"), "Principal": {"Service": "cloudfront.amazonaws.com"}}),
            )
        ],
    ),
    "EXP-11": ([one(tokens.DISTRIBUTION, **EDGE)], [one(tokens.DISTRIBUTION, webAclId="arn", **EDGE)]),
    "TLS-1": (
        [one(tokens.LISTENER, protocol="HTTPS", sslPolicy="ELBSecurityPolicy-2016-08")],
        [
            one(tokens.LISTENER, protocol="HTTPS", sslPolicy="ELBSecurityPolicy-TLS13-1-2-2021-06"),
            one(tokens.LISTENER, protocol="HTTP", defaultActions=[{"type": "redirect"}]),
        ],
    ),
    "TLS-2": ([one(tokens.DISTRIBUTION, **{**EDGE, "viewerCertificate": {}})], [one(tokens.DISTRIBUTION, **EDGE)]),
    "TLS-3": (
        [BUCKET, one(tokens.BUCKET_POLICY, bucket="videos-x", policy=policy(allow("s3:GetObject")))],
        [BUCKET, one(tokens.BUCKET_POLICY, bucket="videos-x", policy=policy(PLAIN_DENIED))],
    ),
    "TLS-4": (
        [one(tokens.DATABASE_PARAMETERS, family="postgres15", parameters=[])],
        [one(tokens.DATABASE_PARAMETERS, family="postgres15", parameters=[{"name": "rds.force_ssl", "value": "1"}])],
    ),
    "TLS-5": (
        [one(tokens.CACHE, transitEncryptionEnabled=True)],
        [one(tokens.CACHE, transitEncryptionEnabled=True, authToken="[secret]")],
    ),
    "TLS-6": (
        [
            one(
                tokens.SEARCH,
                domainEndpointOptions={"enforceHttps": True, "tlsSecurityPolicy": "Policy-Min-TLS-1-0-2019-07"},
            )
        ],
        [
            one(
                tokens.SEARCH,
                domainEndpointOptions={"enforceHttps": True, "tlsSecurityPolicy": "Policy-Min-TLS-1-2-PFS-2023-10"},
            )
        ],
    ),
    "TLS-7": (
        [one(tokens.HEALTH_CHECK, type="HTTP")],
        [one(tokens.HEALTH_CHECK, type="HTTPS"), one(tokens.HEALTH_CHECK, type="TCP", port=443)],
    ),
    "RET-1": ([one(tokens.LOG_GROUP)], [one(tokens.LOG_GROUP, retentionInDays=30)]),
    "RET-2": (
        [one(tokens.DATABASE, backupRetentionPeriod=7)],
        [
            one(tokens.DATABASE, backupRetentionPeriod=35),
            one(tokens.DATABASE, _stack="staging-us-east-1", backupRetentionPeriod=7),
        ],
    ),
    "RET-3": ([one(tokens.CACHE, snapshotRetentionLimit=1)], [one(tokens.CACHE, snapshotRetentionLimit=7)]),
    "RET-4": (
        [BUCKET, one(tokens.BUCKET_VERSIONING, bucket="videos-x")],
        [BUCKET, one(tokens.BUCKET_VERSIONING, bucket="videos-x"), one(tokens.BUCKET_LIFECYCLE, bucket="videos-x")],
    ),
    "RET-5": ([one(tokens.TABLE)], [one(tokens.TABLE, pointInTimeRecovery={"enabled": True})]),
    "RET-6": ([one(tokens.DATABASE, skipFinalSnapshot=True)], [one(tokens.DATABASE, skipFinalSnapshot=False)]),
    "RET-7": (
        [one(tokens.BACKUP_PLAN, rules=[{"ruleName": "r"}])],
        [one(tokens.BACKUP_PLAN, rules=[{"ruleName": "r", "copyActions": [{}]}])],
    ),
    "RET-8": (
        [one(tokens.REPOSITORY, imageTagMutability="MUTABLE", forceDelete=True)],
        [one(tokens.REPOSITORY, imageTagMutability="IMMUTABLE")],
    ),
    "PRO-1": ([BUCKET], [one(tokens.BUCKET, _protect=True)]),
    "PRO-2": (
        [one(tokens.DATABASE)],
        [one(tokens.DATABASE, deletionProtection=True), one(tokens.DATABASE, _stack="local-us-east-1")],
    ),
    "PRO-3": (
        [one(tokens.BUCKET, forceDestroy=True)],
        [one(tokens.BUCKET, _stack="local-foundation", forceDestroy=True)],
    ),
    "PRO-4": ([one(tokens.KEY, deletionWindowInDays=7)], [one(tokens.KEY, deletionWindowInDays=30.0)]),
    "PRO-5": (
        [one(tokens.REPOSITORY, imageTagMutability="IMMUTABLE")],
        [one(tokens.REPOSITORY, imageTagMutability="IMMUTABLE", imageScanningConfiguration={"scanOnPush": True})],
    ),
    "PRO-6": ([one(tokens.TARGET_GROUP, slowStart=30)], [one(tokens.TARGET_GROUP, stickiness={"enabled": False})]),
    "IAM-1": (
        [one(tokens.ROLE_POLICY, policy=policy(allow("s3:*")))],
        [one(tokens.ROLE_POLICY, policy=policy(allow("s3:GetObject")))],
    ),
    "IAM-2": (
        [one(tokens.ROLE_POLICY, policy=policy(allow("s3:GetObject", "*")))],
        [
            one(
                tokens.ROLE_POLICY,
                policy=policy(allow("ecs:DescribeServices", "*"), allow("ecr:GetAuthorizationToken", "*")),
            )
        ],
    ),
    "IAM-3": (
        [
            one(
                tokens.ROLE,
                assumeRolePolicy=policy({"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}),
            )
        ],
        [
            one(
                tokens.ROLE,
                assumeRolePolicy=policy(
                    {"Effect": "Allow", "Principal": {"Service": "ecs-tasks.amazonaws.com"}, "Action": "sts:AssumeRole"}
                ),
            )
        ],
    ),
    "IAM-4": (
        [one(tokens.ROLE_POLICY_ATTACHMENT, policyArn="arn:aws:iam::aws:policy/AdministratorAccess")],
        [
            one(
                tokens.ROLE_POLICY_ATTACHMENT,
                policyArn="arn:aws:iam::aws:policy/service-role/AmazonRDSEnhancedMonitoringRole",
            )
        ],
    ),
    "IAM-5": ([one("aws:iam/user:User")], [one(tokens.ROLE)]),
    "TAG-1": ([one(tokens.VPC, _tags={"Project": "breiq"})], [one(tokens.VPC, _tags=TAGS)]),
    "COST-1": (
        [one(tokens.DATABASE, instanceClass="db.r6g.16xlarge")],
        [one(tokens.DATABASE, instanceClass="db.r6g.xlarge")],
    ),
    "COST-2": (
        [one(tokens.NAT_GATEWAY, "a"), one(tokens.NAT_GATEWAY, "b"), one(tokens.SUBNET, availabilityZone="us-east-1a")],
        [one(tokens.NAT_GATEWAY, "a"), one(tokens.SUBNET, availabilityZone="us-east-1a")],
    ),
    "COST-3": (
        [one(tokens.DATABASE, instanceClass="db.r6g.xlarge", iops=20000)],
        [one(tokens.DATABASE, instanceClass="db.r6g.xlarge", iops=6000)],
    ),
    "COST-4": (
        [one(tokens.BUCKET_LIFECYCLE, rules=[{"id": "x"}])],
        [one(tokens.BUCKET_LIFECYCLE, rules=[{"abortIncompleteMultipartUpload": {"daysAfterInitiation": 7}}])],
    ),
    "COST-5": ([one(tokens.BUDGET, notifications=[{}])], [one(tokens.BUDGET, notifications=[{}, {}])]),
    "REG-1": ([one(tokens.VPC, _region="eu-west-1")], [one(tokens.VPC)]),
    "REG-2": (
        [one(tokens.VPC, _region="us-west-2")],
        [one(tokens.VPC), one(tokens.VPC, _stack="production-edge", _region="us-west-2")],
    ),
    "REC-1": ([one(tokens.DATABASE)], [one(tokens.DATABASE), REPLICA]),
    "REC-2": (
        [one(tokens.ALARM, name="a", alarmDescription="Runbook: x")],
        [
            one(tokens.ALARM, name="a", alarmDescription="Runbook: x"),
            one(
                tokens.COMPOSITE_ALARM,
                alarmName="b",
                alarmRule="ALARM(a)",
                alarmActions=["arn"],
                alarmDescription="runbooks/y",
            ),
        ],
    ),
    "REC-3": (
        [
            one(
                tokens.TASK_DEFINITION,
                _region="us-west-2",
                containerDefinitions=json.dumps([{"secrets": [{"valueFrom": EAST}]}]),
            )
        ],
        [
            one(
                tokens.TASK_DEFINITION,
                _region="us-west-2",
                containerDefinitions=json.dumps([{"secrets": [{"valueFrom": WEST}]}]),
            )
        ],
    ),
    "REC-4": (
        [one(tokens.RECORD, aliases=[{"evaluateTargetHealth": True}])],
        [one(tokens.RECORD, aliases=[{"evaluateTargetHealth": False}])],
    ),
    "REC-5": (
        [one(tokens.CACHE)],
        [one(tokens.CACHE, automaticFailoverEnabled=True), one(tokens.CACHE, _stack="local-us-east-1")],
    ),
    "REC-6": ([one(tokens.BACKUP_VAULT_LOCK, minRetentionDays=1)], [one(tokens.BACKUP_VAULT_LOCK, minRetentionDays=7)]),
}


def test_every_rule_has_its_examples() -> None:
    assert EXAMPLES.keys() == RULES.keys()


@pytest.mark.parametrize("rule_id", sorted(EXAMPLES))
def test_a_rule_finds_what_breaks_it_and_leaves_what_keeps_it(rule_id: str) -> None:
    breaking, keeping = EXAMPLES[rule_id]
    rule = RULES[rule_id]
    assert rule.findings(breaking)
    assert rule.findings(keeping) == []


@pytest.mark.parametrize("rule_id", sorted(RULES))
def test_a_rule_says_why_and_what_it_stands_for(rule_id: str) -> None:
    rule = RULES[rule_id]
    assert rule.title
    assert rule.reason
    assert rule.controls
