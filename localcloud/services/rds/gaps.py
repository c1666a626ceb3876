"""What moto's RDS does wrong whether or not anything runs behind its records."""

from typing import Any


def patch() -> None:
    """Keep a subnet group that is modified: moto loses it."""
    from moto.rds.models import RDSBackend

    modify = RDSBackend.modify_db_subnet_group

    def modify_db_subnet_group(self: Any, subnet_name: str, description: str, subnets: Any) -> Any:
        group = self.subnet_groups.get(subnet_name)
        modified = modify(self, subnet_name, description, subnets)
        self.subnet_groups[subnet_name] = group
        return modified

    RDSBackend.modify_db_subnet_group = modify_db_subnet_group  # type: ignore[method-assign]
