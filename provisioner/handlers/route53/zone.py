"""Zones and health checks of Route 53. Its control plane answers in us-east-1 alone. Records: `route53_records`."""
# ruff: noqa: ARG002 - methods take what a handler is given, whether they need it or not

import uuid
from collections.abc import Mapping
from typing import Any, ClassVar, Final

from provisioner.aws import Aws
from provisioner.handlers.common.base import Properties, register
from provisioner.handlers.common.generic import Generic
from provisioner.handlers.common.shapes import property_name
from provisioner.handlers.common.tagging import tags_of

CONTROL_REGION: Final = "us-east-1"
_REFERENCE_LENGTH: Final = 50
"""AWS allows 64 characters of a health check's, with what makes it unique."""


class _Tagged(Generic):
    """Base of what is tagged by kind and id."""

    taggable = True
    service = "route53"
    control_region = CONTROL_REGION
    kind: ClassVar[str]

    def complete(self, aws: Aws, resource_id: str, inputs: Properties) -> None:
        """Tag it: creation takes no tags."""
        if inputs.get("tagsAll"):
            self.retag(aws, resource_id, {}, inputs["tagsAll"], [])

    def retag(self, aws: Aws, resource_id: str, outputs: Properties, tags: dict[str, str], removed: list[str]) -> None:
        """See Handler."""
        added = [{"Key": name, "Value": text} for name, text in sorted(tags.items())]
        changes = {"AddTags": added, "RemoveTagKeys": removed}
        self.call(
            aws,
            "change_tags_for_resource",
            ResourceType=self.kind,
            ResourceId=resource_id,
            **{name: items for name, items in changes.items() if items},
        )

    def _read_tags(self, aws: Aws, resource_id: str, observed: Properties, document: Any) -> dict[str, str] | None:
        answer = self.call(aws, "list_tags_for_resource", ResourceType=self.kind, ResourceId=resource_id)
        return tags_of(answer["ResourceTagSet"]["Tags"])


@register
class Zone(_Tagged):
    """A public hosted zone. Its id is the zone's. It goes only without records of its own, unless `forceDestroy`."""

    type = "aws:route53/zone:Zone"
    kind = "hostedzone"
    create_call = "create_hosted_zone"
    read_call = "get_hosted_zone"
    update_call = "update_hosted_zone_comment"
    delete_call = "delete_hosted_zone"
    id_parameter = "Id"
    names: ClassVar = {"comment": "HostedZoneConfig.Comment"}
    defaults: ClassVar = {"comment": "Managed by Pulumi"}
    only_here = frozenset({"forceDestroy"})
    missing = ("NoSuchHostedZone",)
    outputs: ClassVar = {"comment": "HostedZone.Config.Comment", "nameServers": "DelegationSet.NameServers"}
    replace_on = frozenset({"name", "delegationSetId"})

    def names_for(self, call: str) -> Mapping[str, str]:
        """See Generic."""
        return {} if call == self.update_call else self.names

    def create_arguments(self, aws: Aws, inputs: Properties) -> dict[str, Any]:
        """See Generic."""
        return {**super().create_arguments(aws, inputs), "CallerReference": _reference(inputs["name"])}

    def _new_id(self, inputs: Properties, answer: dict[str, Any]) -> str:
        return str(answer["HostedZone"]["Id"].removeprefix("/hostedzone/"))

    def update(
        self, aws: Aws, resource_id: str, old: Properties, new: Properties, changed: frozenset[str]
    ) -> Properties:
        """See Handler; `forceDestroy` is read by delete."""
        if "comment" in changed:
            return super().update(aws, resource_id, old, new, changed)
        return self.seen(aws, resource_id, new, tags=False) or {}

    def observe(self, aws: Aws, resource_id: str, document: Any) -> Properties:
        """See Generic."""
        known = {"zoneId": resource_id, "arn": f"arn:aws:route53:::hostedzone/{resource_id}"}
        return {
            **super().observe(aws, resource_id, document),
            "name": document["HostedZone"]["Name"].rstrip("."),
            **known,
        }

    def delete(self, aws: Aws, resource_id: str, outputs: Properties) -> None:
        """See Handler."""
        if outputs.get("forceDestroy") and self.described(aws, resource_id) is not None:
            self._empty(aws, resource_id)
        super().delete(aws, resource_id, outputs)

    def find(self, aws: Aws, inputs: Properties) -> str | None:
        """Find by name."""
        zones = self.call(aws, "list_hosted_zones_by_name", DNSName=inputs["name"])["HostedZones"]
        named = (zone["Id"] for zone in zones if zone["Name"].rstrip(".") == inputs["name"])
        return next((str(one).removeprefix("/hostedzone/") for one in named), None)

    def _empty(self, aws: Aws, resource_id: str) -> None:
        pages = self.client(aws).get_paginator("list_resource_record_sets").paginate(HostedZoneId=resource_id)
        records = [
            record for page in pages for record in page["ResourceRecordSets"] if record["Type"] not in ("NS", "SOA")
        ]
        for record in records:
            changes = {"Changes": [{"Action": "DELETE", "ResourceRecordSet": record}]}
            self.call(aws, "change_resource_record_sets", HostedZoneId=resource_id, ChangeBatch=changes)


@register
class HealthCheck(_Tagged):
    """A health check: of an endpoint, of other checks, or of an alarm. Its id is the check's."""

    type = "aws:route53/healthCheck:HealthCheck"
    kind = "healthcheck"
    create_call = "create_health_check"
    read_call = "get_health_check"
    update_call = "update_health_check"
    delete_call = "delete_health_check"
    partial = True
    id_output = "HealthCheck.Id"
    id_parameter = "HealthCheckId"
    names: ClassVar = {
        "fqdn": "FullyQualifiedDomainName",
        "invertHealthcheck": "Inverted",
        "childHealthThreshold": "HealthThreshold",
    }
    missing = ("NoSuchHealthCheck",)
    document = "HealthCheck"
    outputs: ClassVar = {
        "cloudwatchAlarmName": "HealthCheckConfig.AlarmIdentifier.Name",
        "cloudwatchAlarmRegion": "HealthCheckConfig.AlarmIdentifier.Region",
    }
    replace_on = frozenset({"type", "requestInterval", "measureLatency", "referenceName", "routingControlArn"})
    delete_before_replace = False

    def create_arguments(self, aws: Aws, inputs: Properties) -> dict[str, Any]:
        """See Generic; creation takes in a structure what an update takes beside the id."""
        settings = {name: item for name, item in inputs.items() if name != "referenceName"}
        return {
            "CallerReference": _reference(inputs.get("referenceName", "check")),
            **super().create_arguments(aws, settings),
        }

    def parameters(self, aws: Aws, call: str, inputs: Properties) -> dict[str, Any]:
        """See Generic; an alarm is a name and a region."""
        alarm = {"name": inputs.get("cloudwatchAlarmName"), "region": inputs.get("cloudwatchAlarmRegion")}
        settings = {name: item for name, item in inputs.items() if not name.startswith("cloudwatchAlarm")}
        if alarm["name"]:
            settings["alarmIdentifier"] = alarm
        wrapped = {"healthCheckConfig": settings} if call == self.create_call else settings
        return super().parameters(aws, call, wrapped)

    def names_for(self, call: str) -> Mapping[str, str]:
        """See Generic."""
        inside = {f"healthCheckConfig.{name}": member for name, member in self.names.items()}
        return inside if call == self.create_call else self.names

    def observe(self, aws: Aws, resource_id: str, document: Any) -> Properties:
        """See Generic."""
        shown = {property_name(member): item for member, item in document["HealthCheckConfig"].items()}
        renamed = {property_name(member): name for name, member in self.names.items()}
        return {
            **{renamed.get(name, name): item for name, item in shown.items()},
            **super().observe(aws, resource_id, document),
            "referenceName": document["CallerReference"].rpartition("-")[0],
            "arn": f"arn:aws:route53:::healthcheck/{resource_id}",
        }

    def find(self, aws: Aws, inputs: Properties) -> str | None:
        """Find by caller reference."""
        for page in self.client(aws).get_paginator("list_health_checks").paginate():
            for check in page["HealthChecks"]:
                if check["CallerReference"].rpartition("-")[0] == inputs.get("referenceName"):
                    return str(check["Id"])
        return None


def _reference(name: str) -> str:
    """Return a caller reference that was never used: Route 53 remembers those of what was deleted."""
    return f"{name[:_REFERENCE_LENGTH]}-{uuid.uuid4().hex[:12]}"
