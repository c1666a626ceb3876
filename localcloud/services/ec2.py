"""EC2: moto's records, the one AWS-managed prefix list that it lacks, and changes of rules. Operations: `records`."""

import hashlib
from typing import Any, Final

HEALTH_CHECKERS: Final = ("15.177.0.0/18", "54.183.255.128/26", "54.228.16.0/26", "54.232.40.64/26", "54.241.32.64/26")
"""Some of the ranges of Route 53's health checkers. Source: AWS's ip-ranges.json, service ROUTE53_HEALTHCHECKS."""


def patch() -> None:
    """Every region has the list `com.amazonaws.<region>.route53-healthchecks`; rules may change their peer."""
    from moto.ec2.models.managed_prefixes import ManagedPrefixListBackend

    create_defaults = ManagedPrefixListBackend.create_default_pls

    def create_default_pls(self: Any) -> None:
        create_defaults(self)
        self._create_aws_managed_prefix_list(
            name=f"com.amazonaws.{self.region_name}.route53-healthchecks",
            address_family="IPv4",
            entries=[{"Cidr": cidr, "Description": "default"} for cidr in HEALTH_CHECKERS],
        )

    ManagedPrefixListBackend.create_default_pls = create_default_pls  # type: ignore[method-assign]
    _patch_rules()
    _patch_endpoint_services()


def _patch_rules() -> None:
    """Have ModifySecurityGroupRules set every kind of peer: moto does so for IPv4 blocks alone."""
    from moto.ec2.models.security_groups import SecurityGroupBackend

    modify = SecurityGroupBackend.modify_security_group_rules

    def modify_security_group_rules(self: Any, group_id: str, rules: dict[str, dict[str, Any]]) -> None:
        modify(self, group_id, rules)
        for rule_id, new in rules.items():
            rule = self.get_security_group_by_name_or_id(group_id).get_rule(rule_id)
            if new.get("CidrIpv6"):
                rule.ip_range["CidrIpv6"] = new["CidrIpv6"]
            if new.get("ReferencedGroupId"):
                rule.source_group = {**rule.source_group, "GroupId": new["ReferencedGroupId"]}
            rule.prefix_list_id = new.get("PrefixListId") or rule.prefix_list_id

    SecurityGroupBackend.modify_security_group_rules = modify_security_group_rules  # type: ignore[method-assign]


GATEWAYS: Final = ("dynamodb", "s3")
INTERFACES: Final = (
    *("autoscaling", "ec2", "ec2messages", "ecr.api", "ecr.dkr", "ecs", "ecs-agent", "ecs-telemetry"),
    *("elasticloadbalancing", "events", "kms", "logs", "monitoring", "rds", "s3", "secretsmanager", "sns", "sqs"),
    *("ssm", "ssmmessages", "sts", "xray"),
)


def _patch_endpoint_services() -> None:
    """Know the services that VPC endpoints lead to: moto loads all of its own to find out, and stumbles."""
    from moto.core.base_backend import BaseBackend
    from moto.ec2.models import vpcs

    def collect(_account: str, region: str) -> list[dict[str, Any]]:
        zones = [f"{region}{letter}" for letter in "abc"]
        make: Any = BaseBackend.default_vpc_endpoint_service_factory
        found: list[dict[str, Any]] = []
        for kind, names in (("Gateway", GATEWAYS), ("Interface", INTERFACES)):
            for name in names:
                (one,) = make(region, zones, name, service_type=kind, private_dns_names=kind == "Interface")
                found.append({**one, "ServiceId": f"vpce-svc-{kind[0].lower()}{hash_of(region + name)}"})
        return found

    for holder in vars(vpcs).values():
        if isinstance(holder, type) and "_collect_default_endpoint_services" in vars(holder):
            setattr(holder, "_collect_default_endpoint_services", staticmethod(collect))  # noqa: B010 - not typed


def hash_of(text: str) -> str:
    """Return sixteen letters that follow from a text: an id that stays."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]
