"""Route tables, their routes and the subnets that use them."""
# ruff: noqa: ARG002 - methods take what a handler is given, whether they need it or not

from typing import Any, ClassVar, Final

from provisioner.aws import Aws
from provisioner.handlers.common.base import Created, Handler, Properties, found, ignoring, register
from provisioner.handlers.common.generic import Generic
from provisioner.handlers.ec2.base import Ec2Generic

MISSING_TABLE: Final = "InvalidRouteTableID.NotFound"


@register
class RouteTable(Ec2Generic):
    """A route table; its routes are resources of their own."""

    type = "aws:ec2/routeTable:RouteTable"
    resource_type = "route-table"
    names_owner = True
    create_call = "create_route_table"
    read_call = "describe_route_tables"
    delete_call = "delete_route_table"
    id_output = "RouteTable.RouteTableId"
    id_parameter = "RouteTableId"
    read_parameter = "RouteTableIds[]"
    items = "RouteTables"
    find_id = "RouteTableId"
    missing = (MISSING_TABLE,)
    busy = ("DependencyViolation",)
    deadline_s = 300.0


@register
class Route(Generic):
    """A route of a table to a CIDR block. Its id is `<table>_<destination>`, as Terraform imports it."""

    type = "aws:ec2/route:Route"
    service = "ec2"
    create_call = "create_route"
    read_call = "describe_route_tables"
    update_call = "replace_route"
    delete_call = "delete_route"
    id_inputs = ("routeTableId", "destinationCidrBlock")
    id_separator = "_"
    exists = ("RouteAlreadyExists",)
    adopts = False
    missing = ("InvalidRoute.NotFound", MISSING_TABLE)
    replace_on = frozenset({"routeTableId", "destinationCidrBlock"})
    targets: ClassVar[dict[str, tuple[str, str]]] = {
        "gatewayId": ("GatewayId", ""),
        "natGatewayId": ("NatGatewayId", "nat-"),
        "vpcEndpointId": ("GatewayId", "vpce-"),
        "transitGatewayId": ("TransitGatewayId", "tgw-"),
        "vpcPeeringConnectionId": ("VpcPeeringConnectionId", "pcx-"),
        "networkInterfaceId": ("NetworkInterfaceId", "eni-"),
    }
    """Input → where DescribeRouteTables shows it: a gateway's endpoint is shown as a gateway."""

    def id_arguments(self, aws: Aws, call: str, resource_id: str) -> dict[str, Any]:
        """See Generic; described is the table."""
        if call == self.read_call:
            return {"RouteTableIds": [self.id_properties(resource_id)["routeTableId"]]}
        return super().id_arguments(aws, call, resource_id)

    def observe(self, aws: Aws, resource_id: str, document: Any) -> Properties:
        """See Generic."""
        shown = {name: document.get(member) for name, (member, start) in self.targets.items()}
        targets = {name: value for name, value in shown.items() if value and value.startswith(self.targets[name][1])}
        if targets.get("vpcEndpointId"):
            targets.pop("gatewayId", None)
        return {**self.id_properties(resource_id), **targets, "state": document.get("State", "active")}

    def document_in(self, answer: Any, resource_id: str) -> Any:
        """See Generic; the route is one of the table's."""
        routes = answer["RouteTables"][0]["Routes"] if answer["RouteTables"] else []
        block = self.id_properties(resource_id)["destinationCidrBlock"]
        return next((route for route in routes if route.get("DestinationCidrBlock") == block), None)


@register
class RouteTableAssociation(Handler):
    """A subnet's route table. Its id is the subnet's: a subnet has one table, and changing it changes AWS's own id of
    the association. Terraform's import id `<subnet>/<table>` is understood.
    """

    type = "aws:ec2/routeTableAssociation:RouteTableAssociation"
    name_input = "subnetId"
    replace_on = frozenset({"subnetId"})
    adopts = False

    def create(self, aws: Aws, inputs: Properties) -> Created:
        """See Handler; repeating a creation is no error."""
        ec2 = aws.client("ec2")
        with ignoring("Resource.AlreadyAssociated"):
            ec2.associate_route_table(RouteTableId=inputs["routeTableId"], SubnetId=inputs["subnetId"])
        return Created(inputs["subnetId"], self.read(aws, inputs["subnetId"], inputs) or {})

    def read(self, aws: Aws, resource_id: str, outputs: Properties) -> Properties | None:
        """See Handler."""
        association = self._association(aws, resource_id)
        if association is None:
            return None
        return {"subnetId": association["SubnetId"], "routeTableId": association["RouteTableId"]}

    def update(
        self, aws: Aws, resource_id: str, old: Properties, new: Properties, changed: frozenset[str]
    ) -> Properties:
        """Replace the table without a moment on the VPC's main one."""
        association = self._association(aws, resource_id)
        if association is None:
            return self.create(aws, new).outputs
        if association["RouteTableId"] != new["routeTableId"]:
            aws.client("ec2").replace_route_table_association(
                AssociationId=association["RouteTableAssociationId"], RouteTableId=new["routeTableId"]
            )
        return self.read(aws, resource_id, new) or {}

    def delete(self, aws: Aws, resource_id: str, outputs: Properties) -> None:
        """See Handler."""
        association = self._association(aws, resource_id)
        if association is not None:
            with ignoring("InvalidAssociationID.NotFound"):
                aws.client("ec2").disassociate_route_table(AssociationId=association["RouteTableAssociationId"])

    @staticmethod
    def _association(aws: Aws, resource_id: str) -> dict[str, Any] | None:
        subnet = resource_id.partition("/")[0]
        filters = [{"Name": "association.subnet-id", "Values": [subnet]}]
        answer = found(lambda: aws.client("ec2").describe_route_tables(Filters=filters), MISSING_TABLE)
        tables = answer["RouteTables"] if answer else []
        associations = [one for table in tables for one in table["Associations"]]
        return next((one for one in associations if one.get("SubnetId") == subnet), None)
