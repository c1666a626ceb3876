"""The CloudFormation that must exist before Pulumi: its state and the key of it, the pipelines' trust and roles, the
boundary of every role, and the secrets. No stack imports this.

Three CloudFormation stacks, in this order, because a replica of a key and of a bucket must find its original:
`key` (in the state's region), `replica` (in the other one), `base` (in the state's region again).
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from troposphere import GetAtt, Output, Parameter, Ref, Template, kms, s3

from estate import topology
from estate.config import Environment
from infra.bootstrap import identity as bootstrap_identity
from infra.bootstrap import secrets as bootstrap_secrets
from infra.bootstrap.parts import KEY_PARAMETER, key_arn, replica_key_arn, statement, tags

NONCURRENT_DAYS: Final = 90
"""So long can an older state be had back."""
REPLICATION_MINUTES: Final = 15


@dataclass(frozen=True)
class BootstrapStack:
    """One CloudFormation stack: where it stands, its template (JSON without blanks: CloudFormation takes 51,200 bytes),
    and which stack's outputs it is given: `parameters` are name → (part, output).
    """

    part: str
    name: str
    region: str
    template: str
    parameters: dict[str, tuple[str, str]]


def build(environment: Environment) -> list[BootstrapStack]:
    """Return the three stacks of an environment, in the order in which they are applied."""
    home = environment.state_region
    other = environment.other_region(home)
    parts: list[tuple[str, str, Callable[[Environment, Template], None]]] = [
        ("key", home, _key),
        ("replica", other, _replica),
        ("base", home, _base),
    ]
    stacks = []
    for part, region, fill in parts:
        template = Template(f"Bootstrap of {topology.prefix(environment)}: {part}")
        template.set_version("2010-09-09")
        given = {} if part == "key" else {KEY_PARAMETER: ("key", KEY_PARAMETER)}
        for name in given:
            template.add_parameter(Parameter(name, Type="String", Description="The key's ARN in the state's region"))
        fill(environment, template)
        name = topology.bootstrap_stack(environment, part)
        stacks.append(
            BootstrapStack(
                part, name, region, template.to_json(indent=None, sort_keys=True, separators=(",", ":")), given
            )
        )
    return stacks


def _key(environment: Environment, template: Template) -> None:
    """Add the key of state and secrets, usable in both regions."""
    key = template.add_resource(
        kms.Key(
            "Key",
            Description=f"State and secrets of {topology.prefix(environment)}",
            MultiRegion=True,
            EnableKeyRotation=True,
            PendingWindowInDays=30,
            KeyPolicy=_key_policy(environment),
            Tags=tags(environment),
            DeletionPolicy="Retain",
            UpdateReplacePolicy="Retain",
        )
    )
    _alias(environment, template, Ref(key))
    template.add_output(Output(KEY_PARAMETER, Value=GetAtt(key, "Arn")))


def _replica(environment: Environment, template: Template) -> None:
    """Add the replica of the key, and the bucket that the state is copied to."""
    replica = template.add_resource(
        kms.ReplicaKey(
            "Key",
            PrimaryKeyArn=Ref(KEY_PARAMETER),
            Description=f"State and secrets of {topology.prefix(environment)} (replica)",
            PendingWindowInDays=30,
            KeyPolicy=_key_policy(environment),
            Tags=tags(environment),
            DeletionPolicy="Retain",
            UpdateReplacePolicy="Retain",
        )
    )
    _alias(environment, template, Ref(replica))
    region = environment.other_region(environment.state_region)
    _state_bucket(environment, template, region, GetAtt(replica, "Arn"), None)


def _base(environment: Environment, template: Template) -> None:
    """Add the state's bucket with its replication, trust, roles and secrets."""
    role = bootstrap_identity.replication_role(environment, template)
    _state_bucket(environment, template, environment.state_region, key_arn(), role)
    bootstrap_identity.add_identity(environment, template)
    bootstrap_secrets.add_secrets(environment, template)


def _alias(environment: Environment, template: Template, key_id: Any) -> None:
    alias = kms.Alias("Alias", AliasName=topology.kms_alias(environment, "bootstrap"), TargetKeyId=key_id)
    template.add_resource(alias)


def _key_policy(environment: Environment) -> dict[str, Any]:
    """Return AWS's default: the account's IAM decides who may use it."""
    root = {"AWS": f"arn:aws:iam::{environment.account_id}:root"}
    return {"Version": "2012-10-17", "Statement": [statement("AccountDecides", ["kms:*"], "*", Principal=root)]}


def _state_bucket(environment: Environment, template: Template, region: str, key: Any, role: Any | None) -> None:
    """Add a bucket of the state: versioned, encrypted, private, TLS 1.2 at least; replicated where there is a role."""
    name = topology.state_bucket(environment, region)
    more: dict[str, Any] = {}
    if role is not None:
        more = {"ReplicationConfiguration": _replication(environment, role)}
    bucket = template.add_resource(
        s3.Bucket(
            "StateBucket",
            BucketName=name,
            VersioningConfiguration=s3.VersioningConfiguration(Status="Enabled"),
            PublicAccessBlockConfiguration=s3.PublicAccessBlockConfiguration(
                BlockPublicAcls=True, BlockPublicPolicy=True, IgnorePublicAcls=True, RestrictPublicBuckets=True
            ),
            OwnershipControls=s3.OwnershipControls(
                Rules=[s3.OwnershipControlsRule(ObjectOwnership="BucketOwnerEnforced")]
            ),
            BucketEncryption=_encryption(key),
            LifecycleConfiguration=_leftovers(),
            Tags=tags(environment),
            DeletionPolicy="Retain",
            UpdateReplacePolicy="Retain",
            **more,
        )
    )
    template.add_resource(s3.BucketPolicy("StateBucketPolicy", Bucket=Ref(bucket), PolicyDocument=_tls_only(name)))
    template.add_output(Output("StateBucket", Value=Ref(bucket)))


def _encryption(key: Any) -> s3.BucketEncryption:
    by_key = s3.ServerSideEncryptionByDefault(SSEAlgorithm="aws:kms", KMSMasterKeyID=key)
    rule = s3.ServerSideEncryptionRule(BucketKeyEnabled=True, ServerSideEncryptionByDefault=by_key)
    return s3.BucketEncryption(ServerSideEncryptionConfiguration=[rule])


def _leftovers() -> s3.LifecycleConfiguration:
    """Return what ends old versions and uploads that were broken off."""
    rule = s3.LifecycleRule(
        Id="leftovers",
        Status="Enabled",
        NoncurrentVersionExpiration=s3.NoncurrentVersionExpiration(NoncurrentDays=NONCURRENT_DAYS),
        AbortIncompleteMultipartUpload=s3.AbortIncompleteMultipartUpload(DaysAfterInitiation=7),
    )
    return s3.LifecycleConfiguration(Rules=[rule])


def _tls_only(bucket: str) -> dict[str, Any]:
    """Return the policy that refuses requests without TLS 1.2."""
    arn = f"arn:aws:s3:::{bucket}"
    everybody = {"Principal": {"AWS": "*"}, "Effect": "Deny"}
    refusals = [
        statement("TlsOnly", ["s3:*"], [arn, f"{arn}/*"], {"Bool": {"aws:SecureTransport": "false"}}, **everybody),
        statement("TlsIsNew", ["s3:*"], [arn, f"{arn}/*"], {"NumericLessThan": {"s3:TlsVersion": "1.2"}}, **everybody),
    ]
    return {"Version": "2012-10-17", "Statement": refusals}


def _replication(environment: Environment, role: Any) -> Any:
    other = environment.other_region(environment.state_region)
    time = s3.ReplicationTimeValue(Minutes=REPLICATION_MINUTES)
    return s3.ReplicationConfiguration(
        Role=GetAtt(role, "Arn"),
        Rules=[
            s3.ReplicationConfigurationRules(
                Id="copy",
                Status="Enabled",
                Priority=1,
                Filter=s3.ReplicationRuleFilter(Prefix=""),
                DeleteMarkerReplication=s3.DeleteMarkerReplication(Status="Enabled"),
                SourceSelectionCriteria=s3.SourceSelectionCriteria(
                    SseKmsEncryptedObjects=s3.SseKmsEncryptedObjects(Status="Enabled")
                ),
                Destination=s3.ReplicationConfigurationRulesDestination(
                    Bucket=f"arn:aws:s3:::{topology.state_bucket(environment, other)}",
                    EncryptionConfiguration=s3.EncryptionConfiguration(ReplicaKmsKeyID=replica_key_arn(environment)),
                    ReplicationTime=s3.ReplicationTime(Status="Enabled", Time=time),
                    Metrics=s3.Metrics(Status="Enabled", EventThreshold=time),
                ),
            )
        ],
    )
