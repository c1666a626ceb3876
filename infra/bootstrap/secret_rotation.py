"""The rotation function of Secrets Manager, as it runs in Lambda: one file, put into the bootstrap's template as it is.

Secrets Manager calls it four times for a new value: make it, have RDS and ElastiCache take it, see that they did, and
make it the current one. It may be repeated at every point, and stops (to be tried again) while a region is away. The
old token of a cache goes on being accepted until the next rotation; the owner's password is read by migrations alone;
tasks accept tokens by three keys, the newest first, and sign with the second, which the tasks from before have too.
Source: AWS Secrets Manager user guide, "Lambda rotation functions".
"""

import base64
import os
import re
import textwrap
from typing import Any

import boto3


def rotate(event: dict[str, Any], _context: Any) -> None:
    """Do one step for one secret."""
    secrets = boto3.client("secretsmanager")
    arn, version = event["SecretId"], event["ClientRequestToken"]
    described = secrets.describe_secret(SecretId=arn)
    if "AWSCURRENT" in described["VersionIdsToStages"].get(version, []):
        return
    name = described["Name"].removeprefix(os.environ["PREFIX"] + "/")
    regions = os.environ["REGIONS"].split(",") if name in TAKE else []
    step = event["Step"]
    if step == "createSecret":
        make(secrets, name, arn, version)
    elif step == "setSecret":
        value = secrets.get_secret_value(SecretId=arn, VersionId=version, VersionStage="AWSPENDING")["SecretString"]
        for region in regions:
            TAKE[name](region, value)
    elif step == "testSecret":
        for region in regions:
            SETTLED[name](region)
    elif step == "finishSecret":
        finish(secrets, arn, version, described["VersionIdsToStages"])
    else:
        raise ValueError("unknown step " + step)


def make(secrets: Any, name: str, arn: str, version: str) -> None:
    """Give the version a value, unless it has one."""
    try:
        secrets.get_secret_value(SecretId=arn, VersionId=version, VersionStage="AWSPENDING")
    except secrets.exceptions.ResourceNotFoundException:
        value = new_keys(secrets, arn) if name == "token-key" else new_text(secrets)
        secrets.put_secret_value(
            SecretId=arn, ClientRequestToken=version, SecretString=value, VersionStages=["AWSPENDING"]
        )


def new_text(secrets: Any) -> str:
    """Return a new password or token."""
    return str(secrets.get_random_password(PasswordLength=40, ExcludePunctuation=True)["RandomPassword"])


def new_keys(secrets: Any, arn: str) -> str:
    """Return a new private RSA key (PEM, PKCS 8) before the two newest of those in use."""
    made = boto3.client("kms").generate_data_key_pair(KeyId=os.environ["KEY"], KeyPairSpec="RSA_2048")
    lines = textwrap.fill(base64.b64encode(made["PrivateKeyPlaintext"]).decode(), 64)
    new = "-----BEGIN PRIVATE KEY-----\n" + lines + "\n-----END PRIVATE KEY-----"
    used = re.findall("-----BEGIN.+?-----END[^\n]+", secrets.get_secret_value(SecretId=arn)["SecretString"], re.DOTALL)
    return "\n".join([new, *used[:2]]) + "\n"


def finish(secrets: Any, arn: str, version: str, stages: dict[str, list[str]]) -> None:
    """Move AWSCURRENT to the version."""
    current = next((one for one, names in stages.items() if "AWSCURRENT" in names), None)
    arguments = {"RemoveFromVersionId": current} if current else {}
    secrets.update_secret_version_stage(SecretId=arn, VersionStage="AWSCURRENT", MoveToVersionId=version, **arguments)


def database(region: str) -> tuple[Any, Any]:
    """Return RDS and the region's instance."""
    rds = boto3.client("rds", region_name=region)
    name = os.environ["DATABASE_" + region.replace("-", "_")]
    return rds, rds.describe_db_instances(DBInstanceIdentifier=name)["DBInstances"][0]


def take_password(region: str, value: str) -> None:
    """Have the primary take the password; a replica has its source's."""
    rds, instance = database(region)
    if not instance.get("ReadReplicaSourceDBInstanceIdentifier"):
        rds.modify_db_instance(
            DBInstanceIdentifier=instance["DBInstanceIdentifier"], MasterUserPassword=value, ApplyImmediately=True
        )


def password_settled(region: str) -> None:
    """Raise while the password is still to be changed."""
    _, instance = database(region)
    if instance.get("PendingModifiedValues", {}).get("MasterUserPassword"):
        raise RuntimeError("the password is not changed yet in " + region)


def cache(region: str) -> tuple[Any, Any]:
    """Return ElastiCache and the region's replication group."""
    client = boto3.client("elasticache", region_name=region)
    groups = client.describe_replication_groups(ReplicationGroupId=os.environ["CACHE_GROUP"])
    return client, groups["ReplicationGroups"][0]


def take_token(region: str, value: str) -> None:
    """Have the cache accept the token, beside the one before."""
    client, group = cache(region)
    client.modify_replication_group(
        ReplicationGroupId=group["ReplicationGroupId"],
        AuthToken=value,
        AuthTokenUpdateStrategy="ROTATE",
        ApplyImmediately=True,
    )


def token_settled(region: str) -> None:
    """Raise while the cache is still changing."""
    _, group = cache(region)
    if group["Status"] != "available" or group.get("PendingModifiedValues", {}).get("AuthTokenStatus"):
        raise RuntimeError("the token is not changed yet in " + region)


TAKE = {"database-owner": take_password, "cache-token": take_token}
SETTLED = {"database-owner": password_settled, "cache-token": token_settled}
"""Who has to take a new value, and whether it did; a secret that only tasks read when they start is not here."""
