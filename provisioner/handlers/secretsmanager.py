"""Secrets: only looked up. The bootstrap makes them."""

from provisioner.aws import Aws
from provisioner.handlers.common.base import Properties, lookup
from provisioner.values import Secret


@lookup("aws:secretsmanager/getSecret:getSecret")
def get_secret(aws: Aws, arguments: Properties) -> Properties:
    """Return a secret's ARN and name; its value is not read."""
    answer = aws.client("secretsmanager").describe_secret(SecretId=arguments.get("name") or arguments.get("arn"))
    return {"id": answer["ARN"], "arn": answer["ARN"], "name": answer["Name"]}


@lookup("aws:secretsmanager/getSecretVersion:getSecretVersion")
def get_secret_version(aws: Aws, arguments: Properties) -> Properties:
    """Return a secret's current value, marked as secret."""
    answer = aws.client("secretsmanager").get_secret_value(SecretId=arguments["secretId"])
    return {
        "id": f"{arguments['secretId']}|{answer['VersionId']}",
        "arn": answer["ARN"],
        "secretId": arguments["secretId"],
        "versionId": answer["VersionId"],
        "secretString": Secret(answer["SecretString"]),
        "secretBinary": Secret(""),
        "versionStages": answer.get("VersionStages", []),
        "createdDate": "",
    }
