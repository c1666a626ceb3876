"""What a cloud that answers anything gives a resource besides its inputs: every output that the program may ask for."""

from collections.abc import Mapping
from typing import Any

ACCOUNT = "111122223333"
"""No environment's own: what the cloud made up is told from what the program knows."""
NAMES = ("name", "bucket", "identifier", "comment")


def name_of(inputs: Mapping[str, Any]) -> str:
    """Return the name that a resource has in the cloud, as far as its inputs tell."""
    given = next((str(inputs[name]) for name in NAMES if inputs.get(name)), "")
    tags = inputs.get("tagsAll") or inputs.get("tags") or {}
    return given or str(tags.get("Name", "thing"))


def answers(inputs: Mapping[str, Any], region: str) -> tuple[str, dict[str, Any]]:
    """Return the id and the outputs of a new resource of a region."""
    name = name_of(inputs)
    domains = [inputs.get("domainName"), *inputs.get("subjectAlternativeNames", [])]
    return f"id-{name}-{region}", {
        "arn": f"arn:aws:any:{region}:{ACCOUNT}:{name}",
        "keyId": f"key-{region}",
        "zoneId": f"zone-{name}",
        "nameServers": ["ns-1.test"],
        "dnsName": f"{name}.{region}.elb.test",
        "address": f"{name}.rds.test",
        "publicIp": "203.0.113.7",
        "defaultNetworkAclId": f"acl-{name}-{region}",
        "arnSuffix": f"app/{name}/1",
        "url": f"https://sqs.{region}.test/{name}",
        "endpoint": f"{name}.{region}.es.test",
        "primaryEndpointAddress": f"{name}.{region}.cache.test",
        "domainName": f"{name}.cloudfront.test",
        "hostedZoneId": "zone-cloudfront",
        "fqdn": name,
        "domainValidationOptions": [
            {
                "domainName": domain,
                "resourceRecordName": f"_check.{domain}",
                "resourceRecordType": "CNAME",
                "resourceRecordValue": "proof.test",
            }
            for domain in domains
        ],
    }
