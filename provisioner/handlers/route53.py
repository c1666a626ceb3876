"""Zones, records and health checks of Route 53. Its control plane answers in us-east-1 alone."""
# ruff: noqa: ARG002 - methods take what a handler is given, whether they need it or not

from typing import Any, Final

from provisioner.aws import Aws
from provisioner.errors import StateError
from provisioner.handlers.base import Created, Handler, Properties, found, given, ignoring, register, tag_list

CONTROL_REGION: Final = "us-east-1"
INSYNC_DEADLINE_S: Final = 600.0


def _client(aws: Aws) -> Any:
    return aws.client("route53", CONTROL_REGION)


def _wait_insync(aws: Aws, change: dict[str, Any]) -> None:
    if change.get("Status") != "INSYNC":
        client = _client(aws)
        aws.wait_for(
            f"DNS change {change['Id']} in sync",
            lambda: client.get_change(Id=change["Id"])["ChangeInfo"]["Status"] == "INSYNC",
            deadline_s=INSYNC_DEADLINE_S,
        )


def _tag(aws: Aws, kind: str, resource_id: str, inputs: Properties) -> None:
    tags = tag_list(inputs)
    if tags:
        _client(aws).change_tags_for_resource(ResourceType=kind, ResourceId=resource_id, AddTags=tags)


@register
class Zone(Handler):
    """A public hosted zone. Its id is the zone's."""

    type = "aws:route53/zone:Zone"
    taggable = True

    def create(self, aws: Aws, inputs: Properties) -> Created:
        """See Handler. The caller reference is the zone's name and comment: the same zone is not made twice."""
        name = inputs["name"]
        comment = inputs.get("comment", "Managed by Pulumi")
        answer = _client(aws).create_hosted_zone(
            Name=name,
            CallerReference=f"{name} {comment}",
            HostedZoneConfig={"Comment": comment, "PrivateZone": False},
        )
        resource_id = answer["HostedZone"]["Id"].removeprefix("/hostedzone/")
        self.complete(aws, resource_id, inputs)
        return Created(resource_id, self._outputs(resource_id, answer))

    def complete(self, aws: Aws, resource_id: str, inputs: Properties) -> None:
        """Tag the zone."""
        _tag(aws, "hostedzone", resource_id, inputs)

    def read(self, aws: Aws, resource_id: str, outputs: Properties) -> Properties | None:
        """See Handler."""
        answer = found(lambda: _client(aws).get_hosted_zone(Id=resource_id), "NoSuchHostedZone")
        return self._outputs(resource_id, answer) if answer else None

    def delete(self, aws: Aws, resource_id: str, outputs: Properties) -> None:
        """See Handler. AWS refuses while the zone has records of its own."""
        with ignoring("NoSuchHostedZone"):
            _client(aws).delete_hosted_zone(Id=resource_id)

    def find(self, aws: Aws, inputs: Properties) -> str | None:
        """Find by name."""
        zones = _client(aws).list_hosted_zones_by_name(DNSName=inputs["name"])["HostedZones"]
        for zone in zones:
            if zone["Name"].rstrip(".") == inputs["name"]:
                return str(zone["Id"].removeprefix("/hostedzone/"))
        return None

    @staticmethod
    def _outputs(resource_id: str, answer: dict[str, Any]) -> Properties:
        return {
            "zoneId": resource_id,
            "arn": f"arn:aws:route53:::hostedzone/{resource_id}",
            "nameServers": answer.get("DelegationSet", {}).get("NameServers", []),
        }


@register
class Record(Handler):
    """A record set: plain, alias, or one of a failover pair. Its id is `<zone>_<name>_<type>[_<set>]`."""

    type = "aws:route53/record:Record"

    def create(self, aws: Aws, inputs: Properties) -> Created:
        """See Handler. Records are put: repeating a creation is no error, nor is a validation record that two
        certificates share (`allowOverwrite`).
        """
        if not inputs.get("allowOverwrite") and self._read(aws, inputs) not in (None, self._record_set(inputs)):
            raise StateError(f"the zone already has another {inputs['type']} record {inputs['name']}")
        self._change(aws, "UPSERT", inputs)
        parts = [inputs["zoneId"], inputs["name"], inputs["type"], inputs.get("setIdentifier")]
        return Created("_".join(part for part in parts if part), {"fqdn": inputs["name"].rstrip(".")})

    def read(self, aws: Aws, resource_id: str, outputs: Properties) -> Properties | None:
        """See Handler."""
        return {"fqdn": outputs["name"].rstrip(".")} if self._read(aws, outputs) else None

    def delete(self, aws: Aws, resource_id: str, outputs: Properties) -> None:
        """See Handler."""
        if self._read(aws, outputs):
            self._change(aws, "DELETE", outputs)

    def _change(self, aws: Aws, action: str, inputs: Properties) -> None:
        answer = _client(aws).change_resource_record_sets(
            HostedZoneId=inputs["zoneId"],
            ChangeBatch={"Changes": [{"Action": action, "ResourceRecordSet": self._record_set(inputs)}]},
        )
        _wait_insync(aws, answer["ChangeInfo"])

    def _read(self, aws: Aws, inputs: Properties) -> dict[str, Any] | None:
        answer = found(
            lambda: _client(aws).list_resource_record_sets(
                HostedZoneId=inputs["zoneId"], StartRecordName=inputs["name"], StartRecordType=inputs["type"]
            ),
            "NoSuchHostedZone",
        )
        for record in (answer or {}).get("ResourceRecordSets", []):
            same = record["Name"].rstrip(".") == inputs["name"].rstrip(".") and record["Type"] == inputs["type"]
            if same and record.get("SetIdentifier") == inputs.get("setIdentifier"):
                return {**record, "Name": inputs["name"]}
        return None

    @staticmethod
    def _record_set(inputs: Properties) -> dict[str, Any]:
        alias = (inputs.get("aliases") or [None])[0]
        failover = (inputs.get("failoverRoutingPolicies") or [{}])[0]
        return given(
            Name=inputs["name"],
            Type=inputs["type"],
            TTL=inputs.get("ttl"),
            ResourceRecords=[{"Value": value} for value in inputs["records"]] if "records" in inputs else None,
            AliasTarget={
                "HostedZoneId": alias["zoneId"],
                "DNSName": alias["name"],
                "EvaluateTargetHealth": alias["evaluateTargetHealth"],
            }
            if alias
            else None,
            SetIdentifier=inputs.get("setIdentifier"),
            Failover=failover.get("type"),
            HealthCheckId=inputs.get("healthCheckId"),
        )


@register
class HealthCheck(Handler):
    """A health check of an endpoint. Its id is the check's."""

    type = "aws:route53/healthCheck:HealthCheck"
    taggable = True

    def create(self, aws: Aws, inputs: Properties) -> Created:
        """See Handler. The caller reference is `referenceName`."""
        port = inputs.get("port")
        check = _client(aws).create_health_check(
            CallerReference=inputs["referenceName"],
            HealthCheckConfig=given(
                Type=inputs["type"],
                FullyQualifiedDomainName=inputs.get("fqdn"),
                IPAddress=inputs.get("ipAddress"),
                Port=port,
                ResourcePath=inputs.get("resourcePath"),
                RequestInterval=inputs.get("requestInterval"),
                FailureThreshold=inputs.get("failureThreshold"),
                MeasureLatency=inputs.get("measureLatency"),
                Inverted=inputs.get("invertHealthcheck"),
                EnableSNI=inputs.get("enableSni"),
                Regions=inputs.get("regions"),
            ),
        )["HealthCheck"]
        self.complete(aws, check["Id"], inputs)
        return Created(check["Id"], self._outputs(check["Id"]))

    def complete(self, aws: Aws, resource_id: str, inputs: Properties) -> None:
        """Tag the check."""
        _tag(aws, "healthcheck", resource_id, inputs)

    def find(self, aws: Aws, inputs: Properties) -> str | None:
        """Find by caller reference."""
        for page in _client(aws).get_paginator("list_health_checks").paginate():
            for check in page["HealthChecks"]:
                if check["CallerReference"] == inputs["referenceName"]:
                    return str(check["Id"])
        return None

    def read(self, aws: Aws, resource_id: str, outputs: Properties) -> Properties | None:
        """See Handler."""
        answer = found(lambda: _client(aws).get_health_check(HealthCheckId=resource_id), "NoSuchHealthCheck")
        return self._outputs(resource_id) if answer else None

    def delete(self, aws: Aws, resource_id: str, outputs: Properties) -> None:
        """See Handler."""
        with ignoring("NoSuchHealthCheck"):
            _client(aws).delete_health_check(HealthCheckId=resource_id)

    @staticmethod
    def _outputs(resource_id: str) -> Properties:
        return {"arn": f"arn:aws:route53:::healthcheck/{resource_id}"}
