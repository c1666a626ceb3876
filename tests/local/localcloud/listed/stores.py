"""Two or more of everything that is listed of services that keep data."""

import uuid

from tests.local.localcloud.listed.kit import ROLE, TAGS, TWO, Arguments, Clients, make_bucket, make_subnet


def backup(of: Clients) -> Arguments:
    client = of("backup")
    for name in TWO:
        client.create_backup_vault(BackupVaultName=name)
        rule = {"RuleName": "daily", "TargetBackupVaultName": name}
        plan = client.create_backup_plan(BackupPlan={"BackupPlanName": name, "Rules": [rule]})["BackupPlanId"]
    for name in TWO:
        selection = {"SelectionName": name, "IamRoleArn": ROLE, "Resources": ["*"]}
        client.create_backup_selection(BackupPlanId=plan, BackupSelection=selection)
    return {"ListBackupPlans": {}, "ListBackupVaults": {}, "ListBackupSelections": {"BackupPlanId": plan}}


def dynamodb(of: Clients) -> Arguments:
    client = of("dynamodb")
    for name in TWO:
        made = client.create_table(
            TableName=name, KeySchema=[{"AttributeName": "k", "KeyType": "HASH"}, {"AttributeName": "s", "KeyType": "RANGE"}],
            AttributeDefinitions=[{"AttributeName": each, "AttributeType": "S"} for each in "ks"], Tags=TAGS,
            BillingMode="PAY_PER_REQUEST",
        )  # fmt: skip
    for sort in "abc":
        client.put_item(TableName=TWO[0], Item={"k": {"S": "k"}, "s": {"S": sort}})
    query = {"KeyConditionExpression": "k = :k", "ExpressionAttributeValues": {":k": {"S": "k"}}}
    return {
        "ListTables": {},
        "ListTagsOfResource": {"ResourceArn": made["TableDescription"]["TableArn"]},
        "Scan": {"TableName": TWO[0]},
        "Query": {"TableName": TWO[0], **query},
    }


def ecr(of: Clients) -> Arguments:
    for name in ("tiny", *TWO):
        of("ecr").create_repository(repositoryName=name)
    named = {"repositoryName": "tiny"}
    return {"DescribeRepositories": {}, "ListImages": named, "DescribeImages": named}


def elasticache(of: Clients) -> Arguments:
    client = of("elasticache")
    subnet = make_subnet(of, "10.67.0.0/24")
    for name in TWO:
        client.create_cache_parameter_group(
            CacheParameterGroupName=name, CacheParameterGroupFamily="redis7", Description="-"
        )
        client.create_cache_subnet_group(CacheSubnetGroupName=name, CacheSubnetGroupDescription="-", SubnetIds=[subnet])
        client.create_replication_group(
            ReplicationGroupId=name, ReplicationGroupDescription="-", Engine="redis", NumCacheClusters=1,
            CacheNodeType="cache.t4g.micro",
        )  # fmt: skip
    values = [
        {"ParameterName": "maxmemory-policy", "ParameterValue": "noeviction"},
        {"ParameterName": "timeout", "ParameterValue": "5"},
    ]
    client.modify_cache_parameter_group(CacheParameterGroupName=TWO[0], ParameterNameValues=values)
    names = ("CacheClusters", "CacheParameterGroups", "CacheSubnetGroups", "ReplicationGroups")
    parameters = {"DescribeCacheParameters": {"CacheParameterGroupName": TWO[0]}}
    return {f"Describe{name}": {} for name in names} | parameters


def kms(of: Clients) -> Arguments:
    client = of("kms")
    for name in TWO:
        key = client.create_key(Tags=[{"TagKey": tag["Key"], "TagValue": tag["Value"]} for tag in TAGS])["KeyMetadata"][
            "KeyId"
        ]
        client.create_alias(AliasName=f"alias/{name}", TargetKeyId=key)
    for _ in range(2):
        client.create_grant(KeyId=key, GranteePrincipal=ROLE, Operations=["Encrypt"])
    named = {"KeyId": key}
    return {
        "ListKeys": {},
        "ListAliases": {},
        "ListGrants": named,
        "ListResourceTags": named,
        "ListKeyPolicies": named,
    }


def rds(of: Clients) -> Arguments:
    client = of("rds")
    subnet = make_subnet(of, "10.71.0.0/24")
    for name in TWO:
        client.create_db_parameter_group(
            DBParameterGroupName=name, DBParameterGroupFamily="postgres15", Description="-"
        )
        values = [
            {"ParameterName": parameter, "ParameterValue": "77", "ApplyMethod": "pending-reboot"}
            for parameter in ("max_connections", "max_worker_processes")
        ]
        client.modify_db_parameter_group(DBParameterGroupName=name, Parameters=values)
        client.create_db_subnet_group(DBSubnetGroupName=name, DBSubnetGroupDescription="-", SubnetIds=[subnet])
        client.create_db_instance(
            DBInstanceIdentifier=name, Engine="postgres", EngineVersion="15", DBInstanceClass="db.t4g.micro",
            AllocatedStorage=20, MasterUsername="owner", MasterUserPassword="secret-enough", BackupRetentionPeriod=1,
        )  # fmt: skip
    names = """DBEngineVersions DBInstanceAutomatedBackups DBInstances DBParameterGroups DBSubnetGroups
    Events"""
    return {f"Describe{name}": {} for name in names.split()} | {
        "DescribeDBParameters": {"DBParameterGroupName": TWO[0]},
    }


def secretsmanager(of: Clients) -> Arguments:
    for name in TWO:
        of("secretsmanager").create_secret(Name=name, SecretString="x")
    return {"ListSecrets": {}}


def ssm(of: Clients) -> Arguments:
    for name in TWO:
        of("ssm").put_parameter(Name=f"/listed/{name}", Value="x", Type="String")
        of("ssm").put_parameter(Name="/listed/history", Value=name, Type="String", Overwrite=True)
    return {
        "DescribeParameters": {},
        "GetParameterHistory": {"Name": "/listed/history"},
        "GetParametersByPath": {"Path": "/listed"},
    }


def s3(of: Clients) -> Arguments:
    client, bucket = of("s3"), make_bucket(of, f"listed-{uuid.uuid4().hex[:8]}")
    client.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    for key in ("a", "a", "b", "c"):
        client.put_object(Bucket=bucket, Key=key, Body=key.encode())
    client.delete_object(Bucket=bucket, Key="c")
    uploads = [client.create_multipart_upload(Bucket=bucket, Key=key)["UploadId"] for key in TWO]
    for number in (1, 2):
        client.upload_part(Bucket=bucket, Key=TWO[0], UploadId=uploads[0], PartNumber=number, Body=b"part")
    inside = {"Bucket": bucket}
    return {
        "ListBuckets": {},
        "ListObjects": inside,
        "ListObjectsV2": inside,
        "ListObjectVersions": inside,
        "ListMultipartUploads": inside,
        "ListParts": {**inside, "Key": TWO[0], "UploadId": uploads[0]},
    }
