"""OpenSearch Service, and the policy that lets it write its logs."""

from provisioner.handlers.common.base import Properties
from tests.contract.lifecycle.kit import Row, World, policy, trust

ACCESS = {"Effect": "Allow", "Principal": {"AWS": "123456789012"}, "Action": "es:ESHttp*", "Resource": "*"}


def logs(world: World, *kinds: str) -> list[Properties]:
    group = world.make("aws:cloudwatch/logGroup:LogGroup", name="/aws/opensearch/lifecycle").outputs["arn"]
    return [{"logType": kind, "cloudwatchLogGroupArn": group, "enabled": True} for kind in kinds]


def cluster(nodes: int) -> Properties:
    return {
        "instanceType": "r6g.large.search",
        "instanceCount": nodes,
        "dedicatedMasterEnabled": True,
        "dedicatedMasterType": "t3.small.search",
        "dedicatedMasterCount": 3,
        "zoneAwarenessEnabled": True,
        "zoneAwarenessConfig": {"availabilityZoneCount": 3},
    }


def storage(size_gib: int) -> Properties:
    return {"ebsEnabled": True, "volumeType": "gp3", "volumeSize": size_gib, "iops": 3000, "throughput": 125}


ROWS = [
    Row(
        "aws:opensearch/domain:Domain",
        inputs=lambda world: {
            "domainName": "lifecycle-search",
            "engineVersion": "OpenSearch_2.19",
            "clusterConfig": cluster(3),
            "ebsOptions": storage(200),
            "vpcOptions": {"subnetIds": world.subnets(), "securityGroupIds": [world.group()]},
            "encryptAtRest": {"enabled": True, "kmsKeyId": world.key()},
            "nodeToNodeEncryption": {"enabled": True},
            "domainEndpointOptions": {"enforceHttps": True, "tlsSecurityPolicy": "Policy-Min-TLS-1-2-PFS-2023-10"},
            "advancedSecurityOptions": {
                "enabled": True,
                "anonymousAuthEnabled": False,
                "internalUserDatabaseEnabled": False,
                "masterUserOptions": {"masterUserArn": world.role("opensearch")},
            },
            "accessPolicies": policy(ACCESS),
            "autoTuneOptions": {"desiredState": "DISABLED"},
            "softwareUpdateOptions": {"autoSoftwareUpdateEnabled": True},
            "logPublishingOptions": logs(world, "ES_APPLICATION_LOGS", "AUDIT_LOGS"),
        },
        changed=lambda world: {
            "clusterConfig": cluster(6),
            "ebsOptions": storage(400),
            "accessPolicies": policy({**ACCESS, "Action": "es:ESHttpGet"}),
            "logPublishingOptions": logs(world, "ES_APPLICATION_LOGS", "SEARCH_SLOW_LOGS"),
        },
        replaces={"domainName"},
        unseen={
            "advancedSecurityOptions": "AWS does not say who the master user is",
            "autoTuneOptions": "AWS describes the state that it is in, not the one that is wanted",
        },
    ),
    Row(
        "aws:cloudwatch/logResourcePolicy:LogResourcePolicy",
        inputs=lambda world: {"policyName": "search", "policyDocument": trust("es.amazonaws.com")},
        changed=lambda world: {"policyDocument": trust("es.amazonaws.com", "route53.amazonaws.com")},
        replaces={"policyName"},
    ),
]
