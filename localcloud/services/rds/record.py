"""RDS in the record's process: what moto's instances lack, what controllers ask, what they report."""

import copy
import hashlib
import secrets
import string
from datetime import datetime
from functools import cache
from typing import Any, Final

from localcloud.api import record
from localcloud.api.record import ACCOUNT, backend
from localcloud.core import changes
from localcloud.services.rds import events

REPLICATING: Final = "replicating"
CERTIFICATE_AUTHORITY: Final = "rds-ca-rsa2048-g1"
"""What an instance has that names none."""
INCOMPATIBLE: Final = "incompatible-parameters"
"""The status of an instance that its parameters keep from starting: it can be rebooted."""


def endpoint_hash(region: str) -> str:
    """Return the label that all endpoints of an account's region share."""
    return "c" + hashlib.sha256(f"{ACCOUNT}/{region}".encode()).hexdigest()[:11]


def new_resource_id() -> str:
    """Return a DbiResourceId: unique, immutable, in AWS's form."""
    return "db-" + "".join(secrets.choice(string.ascii_uppercase + "234567") for _ in range(26))


def patch() -> None:
    """Replace moto's actions on instances."""
    from moto.rds.models import DBInstance, RDSBackend

    _patch_instance(DBInstance)
    _patch_creation(RDSBackend)
    _patch_changes(RDSBackend)


def _patch_instance(cls: Any) -> None:
    def address(self: Any) -> str:
        return f"{self.db_instance_identifier}.{endpoint_hash(self.region)}.{self.region}.rds.amazonaws.com"

    def endpoint(self: Any) -> dict[str, Any] | None:
        named = self.status != "creating"
        return {"Address": self.address, "Port": self.port, "HostedZoneId": "Z2R2ITUGPM61AM"} if named else None

    def status_of_groups(self: Any) -> list[Any]:
        groups = [copy.copy(group) for group in self.db_parameter_groups()]  # instances share the groups themselves
        for group in groups:
            group.ParameterApplyStatus = "pending-reboot" if self.pending_reboot else "in-sync"
        return groups

    cls.certificate_details = property(_certificate)
    cls.pending_reboot = False
    cls.db_parameter_group_status_list = property(status_of_groups)
    cls.address = property(address)
    cls.endpoint = property(endpoint)


def _certificate(instance: Any) -> dict[str, Any]:
    """Return which authority signed the server's certificate, and until when that holds: as long as the authority's."""
    return {"CAIdentifier": instance.ca_certificate_identifier, "ValidTill": _authority_ends()}


@cache
def _authority_ends() -> datetime:
    from cryptography.x509 import load_pem_x509_certificate

    return load_pem_x509_certificate(record.instance().authority.ca_file.read_bytes()).not_valid_after_utc


def _new(instance: Any) -> None:
    """Give a new instance an identity and a place in the controller's work."""
    instance.dbi_resource_id = new_resource_id()
    instance.status = "creating"
    instance.reboots_wanted = 0
    instance.promotion_wanted = False
    instance.status_infos = []


def _patch_creation(cls: Any) -> None:
    create, replicate = cls.create_db_instance, cls.create_db_instance_read_replica

    def create_db_instance(self: Any, db_kwargs: dict[str, Any]) -> Any:
        from moto.rds.exceptions import InvalidParameterValue

        if db_kwargs.get("engine") != "postgres" or not str(db_kwargs.get("engine_version", "15")).startswith("15"):
            raise InvalidParameterValue("The local cloud runs postgres 15 only")
        instance = create(self, {"ca_certificate_identifier": CERTIFICATE_AUTHORITY, **db_kwargs})
        _new(instance)
        instance.replication_password = secrets.token_urlsafe(24)
        return instance

    def create_db_instance_read_replica(self: Any, db_kwargs: dict[str, Any]) -> Any:
        from moto.rds.exceptions import DBInstanceAlreadyExists

        if db_kwargs["db_instance_identifier"] in self.databases:
            raise DBInstanceAlreadyExists
        source = self.find_db_from_id(db_kwargs["source_db_instance_identifier"])
        _require_available(source)
        replica = replicate(self, db_kwargs)
        _new(replica)
        replica.created = replica.instance_create_time = _now()
        for name, default in (
            ("tags", []),
            ("deletion_protection", False),
            ("multi_az", False),
            ("db_parameter_group_name", source.db_parameter_group_name if source.region == replica.region else None),
            ("availability_zone", f"{self.region_name}a"),
            ("ca_certificate_identifier", CERTIFICATE_AUTHORITY),
        ):
            setattr(replica, name, db_kwargs.get(name) or default)
        return replica

    cls.create_db_instance = create_db_instance
    cls.create_db_instance_read_replica = create_db_instance_read_replica


def _patch_changes(cls: Any) -> None:
    delete, modify = cls.delete_db_instance, cls.modify_db_instance

    def promote_read_replica(self: Any, db_kwargs: dict[str, Any]) -> Any:
        instance = self.describe_db_instances(db_kwargs["db_instance_identifier"])[0]
        _require_available(instance)
        if not instance.is_replica:
            raise _invalid_state(f"DB Instance {instance.db_instance_identifier} is not a read replica.")
        instance.update(**db_kwargs)
        instance.promotion_wanted = True
        instance.status = "modifying"
        return instance

    def reboot_db_instance(self: Any, db_instance_identifier: str) -> Any:
        instance = self.describe_db_instances(db_instance_identifier)[0]
        if instance.status != INCOMPATIBLE:
            _require_available(instance)
        instance.reboots_wanted += 1
        instance.status = "rebooting"
        return instance

    def modify_db_instance(self: Any, db_instance_identifier: str, db_kwargs: dict[str, Any]) -> Any:
        instance = self.describe_db_instances(db_instance_identifier)[0]
        if instance.status in ("creating", "deleting"):
            _require_available(instance)
        return modify(self, db_instance_identifier, db_kwargs)

    def delete_db_instance(self: Any, db_instance_identifier: str, *args: Any, **kwargs: Any) -> Any:
        instance = delete(self, db_instance_identifier, *args, **kwargs)
        self.databases[db_instance_identifier] = instance  # until the controller says that its server is gone
        instance.status = "deleting"
        return instance

    cls.promote_read_replica = promote_read_replica
    cls.reboot_db_instance = reboot_db_instance
    cls.modify_db_instance = modify_db_instance
    cls.delete_db_instance = delete_db_instance


def _now() -> Any:
    from moto.core.utils import utcnow

    return utcnow()


def _invalid_state(message: str) -> Exception:
    from moto.rds.exceptions import RDSClientError

    error: Exception = RDSClientError("InvalidDBInstanceState", message)
    return error


def _require_available(instance: Any) -> None:
    if instance.status != "available":
        raise _invalid_state(
            f"DB instance {instance.db_instance_identifier} is not in available state ({instance.status})."
        )


def wanted(region: str) -> list[dict[str, Any]]:
    """Return what must run in a region, all that a controller needs of it."""
    return [_wanted(instance) for instance in list(backend("rds", region).databases.values())]


def _wanted(instance: Any) -> dict[str, Any]:
    source = _source(instance) if instance.is_replica else None
    groups = instance.db_parameter_groups()
    parameters = groups[0].parameters if groups else {}
    return {
        "identifier": instance.db_instance_identifier,
        "resource_id": instance.dbi_resource_id,
        "status": instance.status,
        "endpoint": instance.address,
        "port": int(instance.port),
        "master_username": instance.master_username,
        "master_password": instance._master_user_password,
        "replication_password": instance.replication_password,
        "database": instance.db_name,
        "parameters": {name: str(p["ParameterValue"]) for name, p in parameters.items() if "ParameterValue" in p},
        "reboots_wanted": instance.reboots_wanted,
        "promotion_wanted": instance.promotion_wanted,
        "source": source,
        "replicas": [
            instance.backend.find_db_from_id(replica).dbi_resource_id
            for replica in _existing(instance, instance.replicas)
        ],
        "replication": instance.status_infos[0]["Status"] if instance.status_infos else None,
        "replication_message": instance.status_infos[0]["Message"] if instance.status_infos else "",
        "pending_reboot": instance.pending_reboot,
    }


def _source(instance: Any) -> dict[str, Any]:
    found = _existing(instance, [instance.source_db_instance_identifier])
    if not found:
        return {"endpoint": "", "status": "deleted", "port": 0}
    source = instance.backend.find_db_from_id(found[0])
    return {"endpoint": source.address, "status": source.status, "port": int(source.port)}


def _existing(instance: Any, replicas: list[str]) -> list[str]:
    def exists(replica: str) -> bool:
        parts = replica.split(":")
        region = parts[3] if len(parts) > 1 else instance.region
        return parts[-1] in backend("rds", region).databases

    return [replica for replica in replicas if exists(replica)]


def report(document: dict[str, Any]) -> dict[str, Any]:
    """Write what a controller saw: `status` (and `why`), `replication` (a replica's, and `message`), `pending_reboot`,
    `promoted`, `gone`.
    """
    databases = backend("rds", document["region"]).databases
    found = [i for i in databases.values() if i.dbi_resource_id == document["resource_id"]]
    if not found:
        return {}
    instance = found[0]
    if document.get("gone"):
        databases.pop(instance.db_instance_identifier)
    elif instance.status != "deleting":
        _apply(instance, document)
    changes.bump()
    return {}


def _apply(instance: Any, document: dict[str, Any]) -> None:
    if document.get("promoted"):
        if instance.is_replica:
            source = instance.backend.find_db_from_id(instance.source_db_instance_identifier)
            source.remove_replica(instance)
        instance.is_replica = instance.promotion_wanted = False
        instance.source_db_instance_identifier = None
        instance.status_infos = []
        events.add(instance, "promoted")
    if "status" in document:
        if document["status"] == INCOMPATIBLE != instance.status:
            events.add(instance, "incompatible", document["why"])
        elif (instance.status, document["status"]) == ("rebooting", "available"):
            events.add(instance, "restarted")
        instance.status = document["status"]
    if "pending_reboot" in document:
        instance.pending_reboot = document["pending_reboot"]
    if "replication" in document:
        _apply_replication(instance, document["replication"], document.get("message", ""))


def _apply_replication(instance: Any, state: str, message: str) -> None:
    before = instance.status_infos[0]["Status"] if instance.status_infos else None
    event = events.of_replication(before, state)
    if event is not None:
        events.add(instance, event, message)
    instance.status_infos = [
        {"StatusType": "read replication", "Normal": state == REPLICATING, "Status": state, "Message": message}
    ]
