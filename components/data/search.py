"""A region's OpenSearch domain. What it holds is made from the database again: neither region needs the other's."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import pulumi
import pulumi_aws as aws

from components.options import child
from estate import topology
from estate.config import Environment

Kind = Literal["application", "index-slow", "search-slow", "audit"]
LOGS: dict[str, Kind] = {
    "ES_APPLICATION_LOGS": "application",
    "INDEX_SLOW_LOGS": "index-slow",
    "SEARCH_SLOW_LOGS": "search-slow",
    "AUDIT_LOGS": "audit",
}
TLS_POLICY = "Policy-Min-TLS-1-2-PFS-2023-10"
GP3_IOPS, GP3_THROUGHPUT_MIB_S = 3000, 125
"""What gp3 has without a charge of its own."""

SERVICE = "es.amazonaws.com"


@dataclass(frozen=True)
class SearchArgs:
    """`role_arns` may ask the domain; the first of them administers its indices and its other users' rights."""

    environment: Environment
    region: str
    subnet_ids: list[pulumi.Output[str]]
    security_group_id: pulumi.Input[str]
    kms_key_arn: pulumi.Input[str]
    role_arns: Sequence[str]
    provider: pulumi.ProviderResource


class Search(pulumi.ComponentResource):
    """A domain inside the VPC, spread over its zones, with dedicated masters; encrypted at rest, between nodes and to
    clients; every request is signed by a role that the access policy names, and its rights are finely grained. Logs go
    to log groups that the domain's own service may write to. Auto-Tune is off: it does not support T3 nodes, which the
    specification's masters are.

    OpenSearch 2.x stands for the specification's Elasticsearch 8.11 (docs/design.md#specification).

    Specification: 4.3, 6.2
    """

    endpoint: pulumi.Output[str]

    def __init__(self, name: str, args: SearchArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("breiq:estate:Search", name, None, opts)
        self._name, self._args = name, args
        environment, search = args.environment, args.environment.search
        domain_name = topology.search_domain(environment)
        logs = self._logs()
        domain = aws.opensearch.Domain(
            name,
            domain_name=domain_name,
            engine_version=search.engine_version,
            cluster_config=_cluster(environment, zones=len(args.subnet_ids)),
            ebs_options={
                "ebs_enabled": True,
                "volume_type": "gp3",
                "volume_size": search.storage_gib,
                "iops": GP3_IOPS,
                "throughput": GP3_THROUGHPUT_MIB_S,
            },
            vpc_options={"subnet_ids": args.subnet_ids, "security_group_ids": [args.security_group_id]},
            encrypt_at_rest={"enabled": True, "kms_key_id": args.kms_key_arn},
            node_to_node_encryption={"enabled": True},
            domain_endpoint_options={"enforce_https": True, "tls_security_policy": TLS_POLICY},
            advanced_security_options={
                "enabled": True,
                "anonymous_auth_enabled": False,
                "internal_user_database_enabled": False,
                "master_user_options": {"master_user_arn": args.role_arns[0]},
            },
            access_policies=_access(args, domain_name),
            auto_tune_options={"desired_state": "DISABLED"},
            software_update_options={"auto_software_update_enabled": True},
            log_publishing_options=[
                {"log_type": log_type, "cloudwatch_log_group_arn": logs[kind].arn, "enabled": True}
                for log_type, kind in LOGS.items()
            ],
            tags={"Name": domain_name},
            opts=child(self, args.provider, depends_on=[self._log_policy(domain_name)]),
        )
        self.endpoint = domain.endpoint
        self.register_outputs({"endpoint": self.endpoint})

    def _logs(self) -> dict[Kind, Any]:
        environment = self._args.environment
        return {
            kind: aws.cloudwatch.LogGroup(
                f"{self._name}-{kind}",
                name=topology.search_log_group(environment, kind),
                retention_in_days=environment.search.log_retention_days,
                opts=child(self, self._args.provider),
            )
            for kind in LOGS.values()
        }

    def _log_policy(self, domain_name: str) -> pulumi.Resource:
        """Declare what lets the domain's service, for our domains alone, write to the domain's log groups."""
        region, account = self._args.region, self._args.environment.account_id
        statement = {
            "Effect": "Allow",
            "Principal": {"Service": SERVICE},
            "Action": ["logs:CreateLogStream", "logs:PutLogEvents", "logs:PutLogEventsBatch"],
            "Resource": f"arn:aws:logs:{region}:{account}:log-group:/aws/opensearch/{domain_name}/*",
            "Condition": {
                "StringEquals": {"aws:SourceAccount": account},
                "ArnLike": {"aws:SourceArn": f"arn:aws:es:{region}:{account}:domain/{domain_name}"},
            },
        }
        return aws.cloudwatch.LogResourcePolicy(
            self._name,
            policy_name=domain_name,
            policy_document=json.dumps({"Version": "2012-10-17", "Statement": [statement]}),
            opts=child(self, self._args.provider),
        )


def _cluster(environment: Environment, *, zones: int) -> dict[str, Any]:
    search = environment.search
    masters = {"dedicated_master_type": search.master_type, "dedicated_master_count": search.masters}
    return {
        "instance_type": search.instance_type,
        "instance_count": search.nodes,
        "dedicated_master_enabled": search.masters > 0,
        **(masters if search.masters else {}),
        "zone_awareness_enabled": True,
        "zone_awareness_config": {"availability_zone_count": zones},
    }


def _access(args: SearchArgs, domain_name: str) -> str:
    arn = f"arn:aws:es:{args.region}:{args.environment.account_id}:domain/{domain_name}"
    statement = {
        "Effect": "Allow",
        "Principal": {"AWS": list(args.role_arns)},
        "Action": "es:ESHttp*",
        "Resource": f"{arn}/*",
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})
