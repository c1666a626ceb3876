"""Record sets of Route 53."""
# ruff: noqa: ARG002 - methods take what a handler is given, whether they need it or not

import re
from typing import Any, Final

from botocore.exceptions import ClientError

from provisioner.aws import Aws
from provisioner.errors import StateError, UnsupportedError
from provisioner.handlers.common.base import Created, Handler, Properties, found, given, register
from provisioner.handlers.common.shapes import as_given
from provisioner.handlers.route53.zone import CONTROL_REGION

INSYNC_DEADLINE_S: Final = 600.0
TYPES: Final = "A|AAAA|CAA|CNAME|DS|HTTPS|MX|NAPTR|NS|PTR|SOA|SPF|SRV|SSHFP|SVCB|TLSA|TXT"
RECORD_ID: Final = re.compile(rf"(?P<zoneId>[^_]+)_(?P<name>.*?)_(?P<type>{TYPES})(?:_(?P<setIdentifier>.*))?")
QUOTED: Final = ("TXT", "SPF")
KEY: Final = ("zoneId", "name", "type", "setIdentifier")
TAKEN: Final = frozenset(
    {
        *KEY,
        "ttl",
        "records",
        "aliases",
        "allowOverwrite",
        "healthCheckId",
        "failoverRoutingPolicies",
        "weightedRoutingPolicies",
        "latencyRoutingPolicies",
        "multivalueAnswerRoutingPolicy",
        "region",
    }
)


@register
class Record(Handler):
    """A record set: plain, alias, or one of several by a routing policy. Its id is `<zone>_<name>_<type>[_<set>]`.

    `allowOverwrite`: a record of that name and type that is there already is taken over.
    """

    type = "aws:route53/record:Record"
    replace_on = frozenset(KEY)
    adopts = False

    def create(self, aws: Aws, inputs: Properties) -> Created:
        """See Handler. Records are put: repeating a creation is no error, nor is a validation record that two
        certificates share (`allowOverwrite`).
        """
        if unknown := inputs.keys() - TAKEN:
            raise UnsupportedError(f"{self.type} takes no {', '.join(sorted(unknown))}")
        resource_id = "_".join(inputs[name] for name in KEY if inputs.get(name))
        there = None if inputs.get("allowOverwrite") else self.read(aws, resource_id, inputs)
        if there is not None and any(there.get(name) != inputs[name] for name in inputs.keys() - {"allowOverwrite"}):
            raise StateError(f"the zone already has another {inputs['type']} record {inputs['name']}")
        self._change(aws, "UPSERT", _record_set(inputs), inputs["zoneId"])
        return Created(resource_id, {"fqdn": inputs["name"].rstrip(".")})

    def read(self, aws: Aws, resource_id: str, outputs: Properties) -> Properties | None:
        """See Handler."""
        key = self._key(resource_id)
        record = self._read(aws, key)
        if record is None:
            return None
        seen = {**key, **_properties(record), "fqdn": key["name"].rstrip(".")}
        shown: Properties = as_given(seen, outputs)
        for alias, wanted in zip(shown.get("aliases", []), outputs.get("aliases", []), strict=False):
            if alias["name"].rstrip(".") == wanted["name"].rstrip(".").lower():
                alias["name"] = wanted["name"]
        return shown

    def update(
        self, aws: Aws, resource_id: str, old: Properties, new: Properties, changed: frozenset[str]
    ) -> Properties:
        """See Handler; a record set is put whole."""
        self._change(aws, "UPSERT", _record_set(new), new["zoneId"])
        return {"fqdn": new["name"].rstrip(".")}

    def delete(self, aws: Aws, resource_id: str, outputs: Properties) -> None:
        """Delete the record set as it is now: AWS wants all of it said. Another resource with the same record (two
        certificates of one name) may be deleting it at this moment.
        """
        key = self._key(resource_id)
        record = self._read(aws, key)
        if record is None:
            return
        try:
            self._change(aws, "DELETE", record, key["zoneId"])
        except ClientError as error:
            gone = error.response["Error"]["Code"] == "InvalidChangeBatch" and self._read(aws, key) is None
            if not gone:
                raise

    @staticmethod
    def _key(resource_id: str) -> Properties:
        match = RECORD_ID.fullmatch(resource_id)
        if match is None:
            raise ValueError(f"{resource_id} is no record's id: <zone>_<name>_<type>[_<set identifier>]")
        return {name: text for name, text in match.groupdict().items() if text is not None}

    @staticmethod
    def _change(aws: Aws, action: str, record: dict[str, Any], zone: str) -> None:
        client = aws.client("route53", CONTROL_REGION)
        change = client.change_resource_record_sets(
            HostedZoneId=zone, ChangeBatch={"Changes": [{"Action": action, "ResourceRecordSet": record}]}
        )["ChangeInfo"]
        if change.get("Status") != "INSYNC":
            aws.wait_for(
                f"DNS change {change['Id']} in sync",
                lambda: client.get_change(Id=change["Id"])["ChangeInfo"]["Status"] == "INSYNC",
                deadline_s=INSYNC_DEADLINE_S,
            )

    @staticmethod
    def _read(aws: Aws, key: Properties) -> dict[str, Any] | None:
        answer = found(
            lambda: aws.client("route53", CONTROL_REGION).list_resource_record_sets(
                HostedZoneId=key["zoneId"], StartRecordName=key["name"], StartRecordType=key["type"]
            ),
            "NoSuchHostedZone",
        )
        for record in (answer or {}).get("ResourceRecordSets", []):
            name = record["Name"].rstrip(".").replace("\\052", "*")
            same = name == key["name"].rstrip(".").lower() and record["Type"] == key["type"]
            if same and record.get("SetIdentifier") == key.get("setIdentifier"):
                return {**record, "Name": key["name"]}
        return None


def _record_set(inputs: Properties) -> dict[str, Any]:
    """Return the record set as the API takes it."""
    alias = (inputs.get("aliases") or [None])[0]
    quoted = inputs["type"] in QUOTED
    values = [_quoted(value) if quoted else value for value in inputs.get("records", [])]
    target = (
        {
            "HostedZoneId": alias["zoneId"],
            "DNSName": alias["name"],
            "EvaluateTargetHealth": alias["evaluateTargetHealth"],
        }
        if alias
        else None
    )
    return given(
        Name=inputs["name"],
        Type=inputs["type"],
        TTL=inputs.get("ttl"),
        ResourceRecords=[{"Value": value} for value in values] or None,
        AliasTarget=target,
        SetIdentifier=inputs.get("setIdentifier"),
        Failover=_first(inputs, "failoverRoutingPolicies").get("type"),
        Weight=_first(inputs, "weightedRoutingPolicies").get("weight"),
        Region=_first(inputs, "latencyRoutingPolicies").get("region"),
        MultiValueAnswer=inputs.get("multivalueAnswerRoutingPolicy"),
        HealthCheckId=inputs.get("healthCheckId"),
    )


def _properties(record: dict[str, Any]) -> Properties:
    """Return what of a record set is not in its id."""
    alias = record.get("AliasTarget")
    values = [one["Value"] for one in record.get("ResourceRecords", [])]
    unquoted = [value.strip('"') for value in values] if record["Type"] in QUOTED else values
    target = (
        {
            "zoneId": alias["HostedZoneId"],
            "name": alias["DNSName"],
            "evaluateTargetHealth": alias["EvaluateTargetHealth"],
        }
        if alias
        else None
    )
    policies = (
        ("failoverRoutingPolicies", "type", "Failover"),
        ("weightedRoutingPolicies", "weight", "Weight"),
        ("latencyRoutingPolicies", "region", "Region"),
    )
    return given(
        ttl=record.get("TTL"),
        records=unquoted or None,
        aliases=[target] if target else None,
        multivalueAnswerRoutingPolicy=record.get("MultiValueAnswer"),
        healthCheckId=record.get("HealthCheckId"),
        **{name: [{inner: record[member]}] for name, inner, member in policies if member in record},
    )


def _first(inputs: Properties, name: str) -> Properties:
    return dict((inputs.get(name) or [{}])[0])


def _quoted(value: str) -> str:
    return value if value.startswith('"') else f'"{value}"'
