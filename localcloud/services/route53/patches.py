"""Replaces those actions of moto's Route 53 that are not true: changes of records, and the status of health checks."""

from collections.abc import Iterator
from datetime import UTC, datetime
from functools import wraps
from ipaddress import IPv4Address, IPv6Address
from typing import Any

from localcloud.services.route53.record import OBSERVED, backend, plain

EMULATED_CHECKS = ("HTTP", "HTTPS", "HTTP_STR_MATCH", "HTTPS_STR_MATCH", "TCP", "CALCULATED")
CHECKER_REGION = "us-east-1"


def patch() -> None:
    """Make moto's Route 53 keep record sets apart by identifier, refuse what AWS refuses, and report what was seen."""
    from moto.route53 import models, responses

    _patch_records(models)
    _patch_lists(responses.Route53)
    _patch_checks(models, responses.Route53)


def _patch_records(models: Any) -> None:
    models.Route53Backend.change_resource_record_sets = _change_records
    _patch_zones(models)
    make_id = models.create_route53_zone_id
    models.create_route53_zone_id = lambda *arguments, **options: f"Z{make_id(*arguments, **options)[:20]}"


def _patch_zones(models: Any) -> None:
    """Make the values of a new zone's own records texts: of its SOA record they are documents."""
    create = models.Route53Backend.create_hosted_zone

    @wraps(create)
    def create_hosted_zone(self: Any, *arguments: Any, **options: Any) -> Any:
        zone = create(self, *arguments, **options)
        for rrset in zone.rrsets:
            rrset.records = [one["Value"] if isinstance(one, dict) else one for one in rrset.records or []]
        return zone

    models.Route53Backend.create_hosted_zone = create_hosted_zone


def _patch_lists(response: Any) -> None:
    """Let a page of records begin at an identifier: moto begins at a name and a type, and so again and again."""
    from moto.core.responses import ActionResult

    listed = response.list_resource_record_sets

    def list_resource_record_sets(self: Any) -> Any:
        listed(self)  # for what it refuses
        zone = self.backend.get_hosted_zone(self._get_param("HostedZoneId"))
        rest = zone.get_record_sets(self._get_param("StartRecordType"), self._get_param("StartRecordName"))
        identifier, limit = self._get_param("StartRecordIdentifier"), self._get_int_param("MaxItems", 300)
        return ActionResult(page_of_records(list(rest), identifier, limit))

    response.list_resource_record_sets = list_resource_record_sets


def page_of_records(records: list[Any], identifier: str | None, limit: int) -> dict[str, Any]:
    """Return a page of record sets, which begin at a name and a type; of those the first ones to leave out are known by
    the identifier.
    """
    places = [place for place, each in enumerate(records) if identifier and each.set_identifier == identifier]
    rest = records[places[0] :] if places else records
    following = rest[limit : limit + 1]
    token = (
        {
            "NextRecordName": following[0].name,
            "NextRecordType": following[0].type,
            "NextRecordIdentifier": following[0].set_identifier,
        }
        if following
        else {}
    )
    return {"ResourceRecordSets": rest[:limit], "IsTruncated": bool(following), "MaxItems": limit, **token}


def _change_records(self: Any, zoneid: str, change_list: list[dict[str, Any]]) -> None:
    """Apply a change batch, all of it or nothing."""
    from moto.route53 import models
    from moto.route53.exceptions import Route53ClientError

    record_set: Any = models.RecordSet
    zone = self.get_hosted_zone(zoneid)
    rrsets = list(zone.rrsets)
    complaints = []
    for change in change_list:
        wanted = dict(change["ResourceRecordSet"])
        wanted["Name"] = plain(wanted["Name"]) + "."
        wanted["ResourceRecords"] = [each["Value"] for each in wanted.get("ResourceRecords") or []]
        key = (plain(wanted["Name"]), wanted["Type"], wanted.get("SetIdentifier"))
        same = [each for each in rrsets if (plain(each.name), each.type, each.set_identifier) == key]
        named = f"resource record set [name='{wanted['Name']}', type='{wanted['Type']}']"
        if not (key[0] == plain(zone.name) or key[0].endswith(f".{plain(zone.name)}")):
            complaints.append(f"RRSet with DNS name {wanted['Name']} is not permitted in zone {zone.name}")
        complaints += [f"Invalid Resource Record: {reason}" for reason in _value_problems(wanted, plain(zone.name))]
        if change["Action"] == "CREATE" and same:
            complaints.append(f"Tried to create {named} but it already exists")
        if change["Action"] == "DELETE" and not same:
            complaints.append(f"Tried to delete {named} but it was not found")
        if wanted.get("HealthCheckId") and wanted["HealthCheckId"] not in self.health_checks:
            complaints.append(f"No health check exists with ID: {wanted['HealthCheckId']}")
        fresh = [] if change["Action"] == "DELETE" else [record_set(wanted)]
        rrsets = [each for each in rrsets if each not in same] + fresh
    if complaints:
        raise Route53ClientError("InvalidChangeBatch", f"[{', '.join(complaints)}]")
    zone.rrsets = rrsets


def _value_problems(wanted: dict[str, Any], zone: str) -> Iterator[str]:
    """Yield what is wrong with a record's values: addresses that are none, a CNAME at the zone's own name."""
    families = {"A": IPv4Address, "AAAA": IPv6Address}
    for value in wanted["ResourceRecords"] if wanted["Type"] in families else ():
        try:
            families[wanted["Type"]](value)
        except ValueError:
            yield f"Value is not a valid {families[wanted['Type']].__name__}: '{value}'"
    if wanted["Type"] == "CNAME" and plain(wanted["Name"]) == zone:
        yield f"RRSet of type CNAME with DNS name {wanted['Name']} is not permitted at apex in zone {zone}."


def _patch_checks(models: Any, response: Any) -> None:
    from moto.core.responses import ActionResult
    from moto.route53.exceptions import Route53ClientError

    create = models.Route53Backend.create_health_check

    def create_health_check(self: Any, caller_reference: str, health_check_args: dict[str, Any]) -> Any:
        kind = health_check_args["type"]
        if kind not in EMULATED_CHECKS:
            raise Route53ClientError(
                "NotEmulated",
                f"the local cloud emulates no health checks of type {kind}; emulated are: {', '.join(EMULATED_CHECKS)}",
            )
        secure = kind.startswith("HTTPS")
        health_check_args["port"] = health_check_args.get("port") or (443 if secure else 80)
        if health_check_args.get("enable_sni") is None:
            health_check_args["enable_sni"] = secure
        return create(self, caller_reference, health_check_args)

    def get_health_check_status(self: Any) -> Any:
        identity = self._get_param("HealthCheckId")
        backend().get_health_check(identity)
        report, checked = OBSERVED.get(identity, ("Failure: No observation yet", datetime.now(UTC)))
        observation = {
            "Region": CHECKER_REGION,
            "IPAddress": "127.0.0.1",
            "StatusReport": {"Status": report, "CheckedTime": checked},
        }
        return ActionResult({"HealthCheckObservations": [observation]})

    models.Route53Backend.create_health_check = create_health_check
    response.get_health_check_status = get_health_check_status
