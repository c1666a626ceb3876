"""What AWS refuses and moto takes: things in use, sizes that do not exist, storage that would shrink, names twice."""

import re
from collections.abc import Iterator
from typing import Any, Final

from localcloud.record import backend as moto_backend

DATABASE_CLASS: Final = re.compile(
    r"db\.(m5|m5d|m6g|m6gd|m6i|m6id|m7g|m7i|r5|r5b|r5d|r6g|r6gd|r6i|r6id|r7g|r7i|t3|t4g|x1|x1e|x2g|x2idn|x2iedn|m8g|r8g)"
    r"\.(micro|small|medium|large|xlarge|\d{1,2}xlarge)"
)
"""Families that RDS offers for PostgreSQL 15. Source: "DB instance classes" of the RDS guide."""


def patch() -> None:
    """Refuse what AWS refuses."""
    _patch_security_groups()
    _patch_schedule_groups()
    _patch_databases()


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
        if endpoint.state != "deleted" and group_id in (endpoint.security_group_ids or ()):  # moto keeps deleted ones
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
        if wanted and not DATABASE_CLASS.fullmatch(str(wanted)):
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
