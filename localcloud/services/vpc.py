"""VPC: what moto's records of flow logs and endpoints lack. Operations are listed in `records`, under ec2."""

from typing import Any


def patch() -> None:
    """Flow logs go to a folder of a bucket and keep their file's options; endpoints change their private DNS and the
    routes of their tables; a network ACL that is missed is called so; there is no default VPC.
    """
    _patch_default_vpc()
    _patch_flow_logs()
    _patch_endpoints()
    _patch_acls()


def _patch_default_vpc() -> None:
    """Have no region begin with a VPC: the account is one whose default VPCs were deleted, as baselines ask for.

    moto calls the first subnet of a zone the default one, and gives it public addresses.
    """
    from moto.ec2.exceptions import EC2ClientError
    from moto.ec2.models import EC2Backend
    from moto.ec2.models.security_groups import SecurityGroupBackend
    from moto.ec2.models.subnets import SubnetBackend

    vpcs: Any = EC2Backend
    groups: Any = SecurityGroupBackend
    subnets: Any = SubnetBackend
    create_group, create_subnet = groups.create_security_group, subnets.create_subnet

    def create_security_group(self: Any, name: str, description: str, vpc_id: str | None = None, **more: Any) -> Any:
        if not vpc_id:
            raise EC2ClientError("VPCIdNotSpecified", "No default VPC for this user")
        return create_group(self, name, description, vpc_id=vpc_id, **more)

    def create_plain_subnet(self: Any, *arguments: Any, **options: Any) -> Any:
        subnet = create_subnet(self, *arguments, **options)
        subnet.default_for_az = subnet.map_public_ip_on_launch = False
        return subnet

    vpcs.create_default_vpc = lambda _: None
    groups.create_security_group = create_security_group
    subnets.create_subnet = create_plain_subnet


def _patch_flow_logs() -> None:
    from moto.ec2.models.flow_logs import FlowLogsBackend
    from moto.ec2.responses.flow_logs import FlowLogs

    create, answer = FlowLogsBackend.create_flow_logs, FlowLogs.create_flow_logs

    def create_flow_logs(self: Any, *args: Any, **kwargs: Any) -> Any:
        destination: Any = kwargs.get("log_destination")
        if destination and kwargs.get("log_destination_type") == "s3":
            kwargs["log_destination"] = destination.partition("/")[0]
        made, failed = create(self, *args, **kwargs)
        for log in made:
            log.log_destination = destination
        return made, failed

    def create_and_note(self: Any) -> Any:
        result: Any = answer(self)
        options = self._get_param("DestinationOptions")
        if options:
            for flow_log_id in result.result["FlowLogIds"]:
                self.ec2_backend.flow_logs[flow_log_id].destination_options = options
        return result

    FlowLogsBackend.create_flow_logs = create_flow_logs  # type: ignore[method-assign]
    FlowLogs.create_flow_logs = create_and_note  # type: ignore[method-assign]


def _patch_endpoints() -> None:
    from moto.ec2.responses.vpcs import VPCs

    modify = VPCs.modify_vpc_endpoint

    def modify_vpc_endpoint(self: Any) -> Any:
        result = modify(self)
        endpoint = self.ec2_backend.vpc_end_points[self._get_param("VpcEndpointId")]
        private = self._get_bool_param("PrivateDnsEnabled")
        if private is not None:
            endpoint.private_dns_enabled = private
        services = endpoint.destination_prefix_list_id
        for table in self._get_param("RemoveRouteTableIds", []):
            self.ec2_backend.delete_route(table, services)
        for table in self._get_param("AddRouteTableIds", []):
            self.ec2_backend.create_route(table, None, gateway_id=endpoint.id, destination_prefix_list_id=services)
        return result

    VPCs.modify_vpc_endpoint = modify_vpc_endpoint  # type: ignore[method-assign]


def _patch_acls() -> None:
    from moto.ec2.exceptions import EC2ClientError, InvalidRouteTableIdError
    from moto.ec2.models.network_acls import NetworkAclBackend

    describe = NetworkAclBackend.describe_network_acls

    def describe_network_acls(self: Any, network_acl_ids: Any = None, filters: Any = None) -> Any:
        try:
            return describe(self, network_acl_ids, filters)
        except InvalidRouteTableIdError as error:
            missing = f"The networkAcl ID '{', '.join(network_acl_ids)}' does not exist"
            raise EC2ClientError("InvalidNetworkAclID.NotFound", missing) from error

    NetworkAclBackend.describe_network_acls = describe_network_acls  # type: ignore[method-assign]
