"""A VPC's endpoints of AWS's services, and its flow logs."""
# ruff: noqa: ARG002 - methods take what a handler is given, whether they need it or not

from typing import Any, ClassVar

from provisioner.aws import Aws
from provisioner.handlers.common.base import Properties, given, register
from provisioner.handlers.ec2.base import Ec2Generic


@register
class VpcEndpoint(Ec2Generic):
    """An endpoint: a gateway in route tables, or interfaces in subnets. Lists change by what is added and removed."""

    type = "aws:ec2/vpcEndpoint:VpcEndpoint"
    resource_type = "vpc-endpoint"
    names_owner = True
    create_call = "create_vpc_endpoint"
    read_call = "describe_vpc_endpoints"
    delete_call = "delete_vpc_endpoints"
    id_output = "VpcEndpoint.VpcEndpointId"
    id_parameter = "VpcEndpointIds[]"
    items = "VpcEndpoints"
    find_id = "VpcEndpointId"
    names: ClassVar = {"policy": "PolicyDocument"}
    outputs: ClassVar = {"securityGroupIds": "Groups[].GroupId", "state": "State", "dnsEntries": "DnsEntries"}
    missing = ("InvalidVpcEndpointId.NotFound", "InvalidVpcEndpoint.NotFound")
    ready = "State == 'available'"
    failed = "State == 'failed' || State == 'rejected'"
    gone = "State == 'deleted' || State == 'deleting'"
    waits_until_gone = True
    replace_on = frozenset({"vpcId", "serviceName", "vpcEndpointType", "serviceRegion"})
    lists: ClassVar = {
        "routeTableIds": "RouteTableIds",
        "subnetIds": "SubnetIds",
        "securityGroupIds": "SecurityGroupIds",
    }

    def update(
        self, aws: Aws, resource_id: str, old: Properties, new: Properties, changed: frozenset[str]
    ) -> Properties:
        """See Handler; what is added and removed is seen against what there is now."""
        now = self.read(aws, resource_id, new) or {}
        arguments: dict[str, Any] = {}
        for name, member in self.lists.items():
            before, after = set(now.get(name) or []), set(new.get(name) or [])
            arguments[f"Add{member}"] = sorted(after - before) or None
            arguments[f"Remove{member}"] = sorted(before - after) or None
        arguments["PolicyDocument"] = new.get("policy")
        arguments["ResetPolicy"] = True if "policy" in changed and not new.get("policy") else None
        if "privateDnsEnabled" in changed:
            arguments["PrivateDnsEnabled"] = bool(new.get("privateDnsEnabled"))
        self.call(aws, "modify_vpc_endpoint", VpcEndpointId=resource_id, **given(**arguments))
        self.wait_ready(aws, resource_id)
        return self.read(aws, resource_id, new) or {}

    def delete(self, aws: Aws, resource_id: str, outputs: Properties) -> None:
        """See Handler; one that is gone is not asked for again."""
        if self.described(aws, resource_id) is not None:
            super().delete(aws, resource_id, outputs)


@register
class FlowLog(Ec2Generic):
    """A VPC's flow log. AWS changes nothing of one but its tags."""

    type = "aws:ec2/flowLog:FlowLog"
    resource_type = "vpc-flow-log"
    create_call = "create_flow_logs"
    read_call = "describe_flow_logs"
    delete_call = "delete_flow_logs"
    id_output = "FlowLogIds[0]"
    id_parameter = "FlowLogIds[]"
    items = "FlowLogs"
    filters = "Filter"
    find_id = "FlowLogId"
    names: ClassVar = {"iamRoleArn": "DeliverLogsPermissionArn"}
    only_here = frozenset({"vpcId", "subnetId", "eniId"})
    missing = ("InvalidFlowLogId.NotFound",)
    owners: ClassVar = {"vpcId": "VPC", "subnetId": "Subnet", "eniId": "NetworkInterface"}
    """Input that says whose traffic is logged → AWS's ResourceType."""

    def create_arguments(self, aws: Aws, inputs: Properties) -> dict[str, Any]:
        """See Generic; whose traffic it is takes two parameters."""
        name, kind = next((name, kind) for name, kind in self.owners.items() if inputs.get(name))
        return {**super().create_arguments(aws, inputs), "ResourceIds": [inputs[name]], "ResourceType": kind}

    def call(self, aws: Aws, call: str, **arguments: Any) -> Any:
        """See Generic. Raises ValueError for what AWS answers as unsuccessful, without an error of its own."""
        answer = super().call(aws, call, **arguments)
        if call == self.create_call and answer.get("Unsuccessful"):
            raise ValueError(f"no flow log: {answer['Unsuccessful'][0]['Error']['Message']}")
        return answer

    def observe(self, aws: Aws, resource_id: str, document: Any) -> Properties:
        """See Generic; the ARN is not described, and an id's first letters tell whose it is."""
        observed = super().observe(aws, resource_id, document)
        owner = document.get("ResourceId", "")
        prefixes = {"vpc-": "vpcId", "subnet-": "subnetId", "eni-": "eniId"}
        named = {name: owner for prefix, name in prefixes.items() if owner.startswith(prefix)}
        return {**observed, **named}
