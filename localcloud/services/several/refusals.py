"""What AWS refuses and moto takes: things in use, sizes that do not exist, storage that would shrink, names twice."""

from collections.abc import Iterator
from typing import Any

from localcloud.api import instance_classes
from localcloud.api.record import backend as moto_backend


def patch() -> None:
    """Refuse what AWS refuses."""
    _patch_security_groups()
    _patch_schedule_groups()
    _patch_databases()
    _patch_database_groups()
    _patch_caches()
    _patch_search()
    _patch_addresses()
    _patch_vpcs()


def users_of_group(region: str, group_id: str) -> Iterator[str]:
    """Yield what uses a security group: each of these has a network interface, or a rule, that names it."""
    for balancer in moto_backend("elbv2", region).load_balancers.values():
        if group_id in (balancer.security_groups or ()):
            yield f"load balancer {balancer.name}"
    for service in moto_backend("ecs", region).services.values():
        network = (service.network_configuration or {}).get("awsvpcConfiguration") or {}
        if service.status == "ACTIVE" and group_id in (network.get("securityGroups") or ()):
            yield f"service {service.name}"
    for database in moto_backend("rds", region).databases.values():
        if group_id in (getattr(database, "vpc_security_group_ids", None) or ()):
            yield f"DB instance {database.db_instance_identifier}"
    ec2 = moto_backend("ec2", region)
    for endpoint in ec2.vpc_end_points.values():
        if group_id in (endpoint.security_group_ids or ()):
            yield f"VPC endpoint {endpoint.id}"
    for groups in ec2.groups.values():
        for group in groups.values():
            if group.id != group_id and _names(group, group_id):
                yield f"security group {group.id}"


def _names(group: Any, group_id: str) -> bool:
    rules = [*group.ingress_rules, *group.egress_rules]
    return any((rule.source_group or {}).get("GroupId") == group_id for rule in rules)


def _patch_security_groups() -> None:
    from moto.ec2.exceptions import DependencyViolationError
    from moto.ec2.models.security_groups import SecurityGroupBackend

    backend: Any = SecurityGroupBackend
    delete = backend.delete_security_group

    def delete_security_group(self: Any, name: str | None = None, group_id: str | None = None) -> Any:
        if group_id and next(users_of_group(self.region_name, group_id), None):
            raise DependencyViolationError(f"resource {group_id} has a dependent object")
        return delete(self, name, group_id)

    backend.delete_security_group = delete_security_group


def _patch_schedule_groups() -> None:
    from moto.core.exceptions import JsonRESTError
    from moto.scheduler.models import EventBridgeSchedulerBackend

    backend: Any = EventBridgeSchedulerBackend
    create = backend.create_schedule_group

    def create_schedule_group(self: Any, name: str, *arguments: Any, **options: Any) -> Any:
        if name in self.schedule_groups:
            raise JsonRESTError("ConflictException", f"Schedule group {name} already exists.", code=409)
        return create(self, name, *arguments, **options)

    backend.create_schedule_group = create_schedule_group


def _patch_databases() -> None:
    from moto.rds.exceptions import RDSClientError
    from moto.rds.models import RDSBackend

    backend: Any = RDSBackend
    create, replicate, modify = (
        backend.create_db_instance,
        backend.create_db_instance_read_replica,
        backend.modify_db_instance,
    )

    def check_class(wanted: Any) -> None:
        if wanted and str(wanted) not in instance_classes.DATABASE:
            raise RDSClientError("InvalidParameterValue", f"Invalid DB Instance class: {wanted}")

    def create_db_instance(self: Any, db_kwargs: dict[str, Any]) -> Any:
        check_class(db_kwargs.get("db_instance_class"))
        return create(self, db_kwargs)

    def create_db_instance_read_replica(self: Any, db_kwargs: dict[str, Any]) -> Any:
        check_class(db_kwargs.get("db_instance_class"))
        return replicate(self, db_kwargs)

    def modify_db_instance(self: Any, db_instance_identifier: str, db_kwargs: dict[str, Any]) -> Any:
        check_class(db_kwargs.get("db_instance_class"))
        known, wanted = self.databases.get(db_instance_identifier), db_kwargs.get("allocated_storage")
        if known is not None and wanted and int(wanted) < int(known.allocated_storage):
            raise RDSClientError(
                "InvalidParameterCombination",
                f"Invalid storage size: {wanted} GiB is less than the current {known.allocated_storage} GiB; storage "
                "cannot be reduced",
            )
        return modify(self, db_instance_identifier, db_kwargs)

    backend.create_db_instance, backend.modify_db_instance = create_db_instance, modify_db_instance
    backend.create_db_instance_read_replica = create_db_instance_read_replica


def _patch_database_groups() -> None:
    """Keep the groups that a DB instance names; one that is being deleted is there until its server has ended."""
    from moto.rds.exceptions import RDSClientError
    from moto.rds.models import RDSBackend

    backend: Any = RDSBackend
    delete_subnets, delete_parameters = backend.delete_subnet_group, backend.delete_db_parameter_group

    def delete_subnet_group(self: Any, subnet_name: str) -> Any:
        for database in self.databases.values():
            if getattr(getattr(database, "db_subnet_group", None), "name", None) == subnet_name.lower():
                raise RDSClientError(
                    "InvalidDBSubnetGroupStateFault",
                    f"Cannot delete the subnet group '{subnet_name}' because at least one database instance: "
                    f"{database.db_instance_identifier} is still using it.",
                )
        return delete_subnets(self, subnet_name)

    def delete_db_parameter_group(self: Any, db_parameter_group_name: str) -> Any:
        if any(database.db_parameter_group_name == db_parameter_group_name for database in self.databases.values()):
            raise RDSClientError(
                "InvalidDBParameterGroupState",
                "One or more database instances are still members of this parameter group "
                f"{db_parameter_group_name}, so the group cannot be deleted",
            )
        return delete_parameters(self, db_parameter_group_name)

    backend.delete_subnet_group, backend.delete_db_parameter_group = delete_subnet_group, delete_db_parameter_group


def _patch_caches() -> None:
    from moto.elasticache.responses import ElastiCacheResponse

    from localcloud.services.elasticache.record import refused

    response: Any = ElastiCacheResponse
    delete = response.delete_cache_parameter_group

    def checked(call: Any) -> Any:
        def check_and_call(self: Any) -> Any:
            wanted = self._get_param("CacheNodeType")
            if wanted and wanted not in instance_classes.CACHE:
                raise refused(f"Invalid Cache Node Type: {wanted}", "InvalidParameterValue")
            return call(self)

        return check_and_call

    def delete_cache_parameter_group(self: Any) -> Any:
        name = self._get_param("CacheParameterGroupName")
        groups = self.elasticache_backend.replication_groups.values()
        if any(group.cache_parameter_group_name == name for group in groups):
            raise refused(
                f"One or more cache clusters are still members of this parameter group {name}, so the group cannot be "
                "deleted.",
                "InvalidCacheParameterGroupState",
            )
        return delete(self)

    response.create_replication_group = checked(response.create_replication_group)
    response.modify_replication_group = checked(response.modify_replication_group)
    response.delete_cache_parameter_group = delete_cache_parameter_group


def _patch_search() -> None:
    from moto.core.exceptions import JsonRESTError
    from moto.opensearch.models import OpenSearchServiceBackend

    backend: Any = OpenSearchServiceBackend

    def checked(call: Any) -> Any:
        def check_and_call(self: Any, *arguments: Any, **options: Any) -> Any:
            config = options.get("cluster_config") or {}
            for name in ("InstanceType", "DedicatedMasterType", "WarmType"):
                if config.get(name) and config[name] not in instance_classes.SEARCH:
                    raise JsonRESTError(
                        "ValidationException",
                        f"1 validation error detected: Value '{config[name]}' at 'clusterConfig.{name}' failed to "
                        "satisfy constraint: Member must satisfy enum value set",
                    )
            return call(self, *arguments, **options)

        return check_and_call

    backend.create_domain, backend.update_domain_config = map(
        checked, (backend.create_domain, backend.update_domain_config)
    )


def _patch_addresses() -> None:
    from moto.ec2.exceptions import EC2ClientError
    from moto.ec2.models.elastic_ip_addresses import ElasticAddressBackend

    backend: Any = ElasticAddressBackend
    release = backend.release_address

    def release_address(self: Any, address: str | None = None, allocation_id: str | None = None) -> None:
        for one in self.addresses:
            if allocation_id and one.allocation_id == allocation_id and one.association_id:
                raise EC2ClientError(
                    "InvalidIPAddress.InUse", f"Address with allocation id {allocation_id} is associated and in use."
                )
        release(self, address=address, allocation_id=allocation_id)

    backend.release_address = release_address


def _patch_vpcs() -> None:
    from moto.ec2.exceptions import DependencyViolationError
    from moto.ec2.models.vpcs import VPCBackend

    backend: Any = VPCBackend
    delete = backend.delete_vpc

    def delete_vpc(self: Any, vpc_id: str) -> Any:
        if next(_inside(self, vpc_id), None) is not None:
            raise DependencyViolationError(f"The vpc '{vpc_id}' has dependencies and cannot be deleted.")
        return delete(self, vpc_id)

    backend.delete_vpc = delete_vpc


def _inside(ec2: Any, vpc_id: str) -> Iterator[str]:
    """Yield what is in a VPC, but for its subnets and route tables, which moto sees, and what AWS makes with it."""
    yield from (one.id for one in ec2.internet_gateways.values() if one.vpc is not None and one.vpc.id == vpc_id)
    yield from (one.id for one in ec2.vpc_end_points.values() if one.vpc_id == vpc_id)
    yield from (one.id for one in ec2.groups.get(vpc_id, {}).values() if not one.is_default)
    yield from (one.id for one in ec2.network_acls.values() if one.vpc_id == vpc_id and not one.default)
