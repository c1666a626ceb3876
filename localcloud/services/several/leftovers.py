"""What moto leaves of deleted things goes here as it goes on AWS: no list names it, and nothing waits for it.

AWS itself shows some things for a while after their end, and so does this record: a NAT gateway (`deleted`, about an
hour), ECS services, clusters and task definitions (`INACTIVE`; not in lists), keys and secrets that wait for their end.
"""

from typing import Any

from localcloud.api.emulated import stored


def patch() -> None:
    """Take leftovers away with the thing that was deleted."""
    _patch_subnets()
    _patch_endpoints()
    _patch_tags()
    _patch_logs()
    _patch_web_acls()


def _patch_subnets() -> None:
    """A deleted subnet is in no network ACL and no route table; of a deleted VPC no ACL is left."""
    from moto.ec2.models.subnets import SubnetBackend
    from moto.ec2.models.vpcs import VPCBackend

    subnets: Any = SubnetBackend
    vpcs: Any = VPCBackend
    delete, delete_whole = subnets.delete_subnet, vpcs.delete_vpc

    def delete_subnet(self: Any, subnet_id: str) -> Any:
        deleted = delete(self, subnet_id)
        for acl in self.network_acls.values():
            kept = acl._associations.items()
            acl._associations = {key: one for key, one in kept if one.subnet_id != subnet_id}
        for table in self.route_tables.values():
            table._associations = {key: one for key, one in table._associations.items() if one != subnet_id}
        return deleted

    def delete_vpc(self: Any, vpc_id: str) -> Any:
        deleted = delete_whole(self, vpc_id)
        for acl in [acl for acl in self.network_acls.values() if acl.vpc_id == vpc_id]:
            del self.network_acls[acl.id]
        return deleted

    subnets.delete_subnet, vpcs.delete_vpc = delete_subnet, delete_vpc


def _patch_endpoints() -> None:
    """Nothing is left of a deleted endpoint; a deleted NAT gateway has no interface and no address."""
    from moto.ec2.models.nat_gateways import NatGatewayBackend
    from moto.ec2.models.vpcs import VPCBackend

    vpcs: Any = VPCBackend
    gateways: Any = NatGatewayBackend
    delete_endpoints, delete_gateway = vpcs.delete_vpc_endpoints, gateways.delete_nat_gateway

    def delete_vpc_endpoints(self: Any, vpce_ids: list[str] | None = None) -> None:
        delete_endpoints(self, vpce_ids)
        for endpoint_id in vpce_ids or []:
            self.vpc_end_points.pop(endpoint_id, None)

    def delete_nat_gateway(self: Any, nat_gateway_id: str) -> Any:
        gateway = delete_gateway(self, nat_gateway_id)
        self.enis.pop(gateway._eni.id, None)
        for address in self.addresses:
            if address.eni is gateway._eni:
                address.eni = address.association_id = None
        return gateway

    vpcs.delete_vpc_endpoints, gateways.delete_nat_gateway = delete_vpc_endpoints, delete_nat_gateway


DELETIONS = (
    *("delete_vpc", "delete_subnet", "delete_route_table", "delete_network_acl", "delete_internet_gateway"),
    *("delete_security_group", "delete_network_interface", "delete_vpc_endpoints", "delete_flow_logs"),
    "release_address",
)


def _patch_tags() -> None:
    """Tags go with what they are on."""
    from moto.ec2.models import EC2Backend

    def forgetting(delete: Any) -> Any:
        def delete_and_forget(self: Any, *arguments: Any, **options: Any) -> Any:
            result = delete(self, *arguments, **options)
            for value in (*arguments, *options.values()):
                for resource_id in value if isinstance(value, list) else [value]:
                    self.tags.pop(resource_id, None)
            return result

        return delete_and_forget

    for name in DELETIONS:
        owner = next(one for one in EC2Backend.__mro__ if name in vars(one))  # others may fix it there, too
        setattr(owner, name, forgetting(vars(owner)[name]))


def _patch_logs() -> None:
    """Metric filters go with their log group."""
    from moto.logs.models import LogsBackend

    backend: Any = LogsBackend
    delete = backend.delete_log_group

    def delete_log_group(self: Any, log_group_name: str) -> None:
        delete(self, log_group_name)
        stored("logs", self.account_id, self.region_name).get("metric filters", {}).pop(log_group_name, None)

    backend.delete_log_group = delete_log_group


def _patch_web_acls() -> None:
    """A web ACL's logging goes with it; one that a distribution has is not deleted."""
    from moto.core.exceptions import JsonRESTError
    from moto.wafv2.models import WAFV2Backend

    from localcloud.api.record import backend as moto_backend

    backend: Any = WAFV2Backend
    delete = backend.delete_web_acl

    def delete_web_acl(self: Any, name: str, scope: str, _id: str, lock_token: str) -> None:
        arns = [arn for arn, acl in self.wacls.items() if acl.id == _id]
        for distribution in moto_backend("cloudfront", "aws").distributions.values():
            if distribution.distribution_config.kept.get("WebACLId") in arns:
                raise JsonRESTError(
                    "WAFAssociatedItemException", "AWS WAF couldn't perform the operation: the web ACL is in use."
                )
        delete(self, name, scope, _id, lock_token)
        for arn in arns:
            self.logging_configurations.pop(arn, None)

    backend.delete_web_acl = delete_web_acl
