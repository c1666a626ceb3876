"""What moto's RDS does wrong whether or not anything runs behind its records."""

from typing import Any


def patch() -> None:
    """Keep a subnet group that is modified: moto loses it. Look for a replica's groups in the replica's own region.
    Let parameters have their defaults again. Give each instance a resource id of its own, and groups without a default
    VPC.
    """
    from moto.rds.models import DBInstance, RDSBackend

    from localcloud.services.rds.record import new_resource_id

    _patch_subnet_groups(RDSBackend)
    create, replicate = RDSBackend.create_db_instance, RDSBackend.create_db_instance_read_replica

    def create_db_instance(self: Any, db_kwargs: dict[str, Any]) -> Any:
        instance = create(self, db_kwargs)
        instance.dbi_resource_id = new_resource_id()
        return instance

    RDSBackend.create_db_instance = create_db_instance  # type: ignore[method-assign]

    def create_db_instance_read_replica(self: Any, db_kwargs: dict[str, Any]) -> Any:
        replica = replicate(self, {"backend": self, **db_kwargs})  # first: what follows is looked up in it
        replica.dbi_resource_id = new_resource_id()
        replica.enabled_cloudwatch_logs_exports = list(db_kwargs.get("enable_cloudwatch_logs_exports") or [])
        return replica

    RDSBackend.create_db_instance_read_replica = create_db_instance_read_replica  # type: ignore[method-assign]

    def remove_replica(self: Any, replica: Any) -> None:
        mine = (replica.db_instance_identifier, replica.db_instance_arn)  # of another region: by its ARN
        self.replicas = [known for known in self.replicas if known not in mine]

    DBInstance.remove_replica = remove_replica  # type: ignore[method-assign]
    _patch_parameters()
    _patch_network(DBInstance)


def _patch_subnet_groups(backend: Any) -> None:
    modify = backend.modify_db_subnet_group

    def modify_db_subnet_group(self: Any, subnet_name: str, description: str, subnets: Any) -> Any:
        group = self.subnet_groups.get(subnet_name)
        modified = modify(self, subnet_name, description, subnets)
        self.subnet_groups[subnet_name] = group
        return modified

    backend.modify_db_subnet_group = modify_db_subnet_group


def _patch_network(cls: Any) -> None:
    """Give an instance without security groups the default one of its subnets' VPC; without subnets it has none.

    moto takes the region's default VPC, which there is not.
    """
    from moto.ec2.models import ec2_backends

    make = cls.__init__

    def __init__(self: Any, *arguments: Any, **options: Any) -> None:  # noqa: N807 - replaces moto's
        if options.get("vpc_security_group_ids"):
            make(self, *arguments, **options)
            return
        make(self, *arguments, **{**options, "vpc_security_group_ids": ["none"]})
        subnets = getattr(self, "db_subnet_group", None)
        there = ec2_backends[self.account_id][self.region].groups
        groups = there[subnets.vpc_id].values() if subnets else ()
        self.vpc_security_group_ids = [group.id for group in groups if group.is_default]

    cls.__init__ = __init__


def _patch_parameters() -> None:
    from moto.core.responses import ActionResult
    from moto.rds.responses import RDSResponse

    def reset_db_parameter_group(self: Any) -> Any:
        name = self.params["DBParameterGroupName"]
        group = self.backend.describe_db_parameter_groups({"db_parameter_group_name": name})[0]
        for parameter in self.params.get("Parameters", []):
            group.parameters.pop(parameter["ParameterName"], None)
        return ActionResult({"DBParameterGroupName": name})

    RDSResponse.reset_db_parameter_group = reset_db_parameter_group  # type: ignore[attr-defined]
