"""Route tables, their routes and the subnets that use them."""
# ruff: noqa: ARG002 - methods take what a handler is given, whether they need it or not

from typing import Any

from provisioner.aws import Aws
from provisioner.handlers.base import Created, Handler, Properties, found, given, ignoring, register
from provisioner.handlers.ec2_base import Ec2Handler, ids_or_filters


@register
class RouteTable(Ec2Handler):
    """A route table; its routes are resources of their own."""

    type = "aws:ec2/routeTable:RouteTable"
    resource_type = "route-table"
    missing_codes = ("InvalidRouteTableID.NotFound",)
    _arguments = staticmethod(ids_or_filters("RouteTableIds"))

    def create(self, aws: Aws, inputs: Properties) -> Created:
        """See Handler."""
        table = aws.client("ec2").create_route_table(
            **given(VpcId=inputs["vpcId"], TagSpecifications=self._tag_specification(inputs))
        )["RouteTable"]
        return Created(table["RouteTableId"], self._outputs(table, aws))

    def delete(self, aws: Aws, resource_id: str, outputs: Properties) -> None:
        """See Handler."""
        with ignoring(*self.missing_codes):
            aws.client("ec2").delete_route_table(RouteTableId=resource_id)

    def _describe(self, ec2: Any, **arguments: Any) -> list[dict[str, Any]]:
        return list(ec2.describe_route_tables(**self._arguments(**arguments))["RouteTables"])

    def _id(self, item: dict[str, Any]) -> str:
        return str(item["RouteTableId"])

    def _outputs(self, item: dict[str, Any], aws: Aws) -> Properties:
        owner = item.get("OwnerId", "")
        return {"arn": f"arn:aws:ec2:{aws.region}:{owner}:route-table/{item['RouteTableId']}", "ownerId": owner}


@register
class Route(Handler):
    """A route of a table. Its id is `r-<table>-<destination>`."""

    type = "aws:ec2/route:Route"

    def create(self, aws: Aws, inputs: Properties) -> Created:
        """See Handler; repeating a creation is no error."""
        with ignoring("RouteAlreadyExists"):
            aws.client("ec2").create_route(
                **given(
                    RouteTableId=inputs["routeTableId"],
                    DestinationCidrBlock=inputs["destinationCidrBlock"],
                    GatewayId=inputs.get("gatewayId"),
                    NatGatewayId=inputs.get("natGatewayId"),
                )
            )
        return Created(f"r-{inputs['routeTableId']}-{inputs['destinationCidrBlock']}", {"state": "active"})

    def read(self, aws: Aws, resource_id: str, outputs: Properties) -> Properties | None:
        """See Handler."""
        tables = found(
            lambda: aws.client("ec2").describe_route_tables(RouteTableIds=[outputs["routeTableId"]])["RouteTables"],
            "InvalidRouteTableID.NotFound",
        )
        routes = tables[0]["Routes"] if tables else []
        here = any(route.get("DestinationCidrBlock") == outputs["destinationCidrBlock"] for route in routes)
        return {"state": "active"} if here else None

    def delete(self, aws: Aws, resource_id: str, outputs: Properties) -> None:
        """See Handler."""
        with ignoring("InvalidRoute.NotFound", "InvalidRouteTableID.NotFound"):
            aws.client("ec2").delete_route(
                RouteTableId=outputs["routeTableId"], DestinationCidrBlock=outputs["destinationCidrBlock"]
            )


@register
class RouteTableAssociation(Handler):
    """A subnet's route table."""

    type = "aws:ec2/routeTableAssociation:RouteTableAssociation"

    def create(self, aws: Aws, inputs: Properties) -> Created:
        """See Handler."""
        answer = aws.client("ec2").associate_route_table(
            RouteTableId=inputs["routeTableId"], SubnetId=inputs["subnetId"]
        )
        return Created(answer["AssociationId"])

    def read(self, aws: Aws, resource_id: str, outputs: Properties) -> Properties | None:
        """See Handler."""
        tables = found(
            lambda: aws.client("ec2").describe_route_tables(RouteTableIds=[outputs["routeTableId"]])["RouteTables"],
            "InvalidRouteTableID.NotFound",
        )
        associations = tables[0]["Associations"] if tables else []
        return {} if any(a.get("RouteTableAssociationId") == resource_id for a in associations) else None

    def find(self, aws: Aws, inputs: Properties) -> str | None:
        """Find by table and subnet."""
        tables = aws.client("ec2").describe_route_tables(RouteTableIds=[inputs["routeTableId"]])["RouteTables"]
        for association in tables[0]["Associations"]:
            if association.get("SubnetId") == inputs["subnetId"]:
                return str(association["RouteTableAssociationId"])
        return None

    def delete(self, aws: Aws, resource_id: str, outputs: Properties) -> None:
        """See Handler."""
        with ignoring("InvalidAssociationID.NotFound"):
            aws.client("ec2").disassociate_route_table(AssociationId=resource_id)
