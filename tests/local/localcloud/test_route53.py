"""DNS and health checks of the local cloud."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from dnslib import DNSRecord

from tests.local.localcloud.tiny_estate import wait_for
from tests.local.running_cloud import RunningCloud

pytestmark = [pytest.mark.local, pytest.mark.timeout(60)]

ZONE = "dns.test"


@pytest.fixture(scope="module")
def zone(instance: RunningCloud) -> Iterator[str]:
    route53 = instance.client("route53")
    identity = route53.create_hosted_zone(Name=ZONE, CallerReference=ZONE)["HostedZone"]["Id"]
    yield identity


def upsert(instance: RunningCloud, zone: str, name: str, value: str, **routing: Any) -> None:
    record = {"Name": name, "Type": "A", "TTL": 60, "ResourceRecords": [{"Value": value}], **routing}
    change = {"Action": "UPSERT", "ResourceRecordSet": record}
    instance.client("route53").change_resource_record_sets(HostedZoneId=zone, ChangeBatch={"Changes": [change]})


def addresses(instance: RunningCloud, name: str, *, tcp: bool = False) -> list[str]:
    packed = DNSRecord.question(name, "A").send(instance.endpoints["dns"], 53, tcp=tcp, timeout=5)
    return [str(line.rdata) for line in DNSRecord.parse(packed).rr]


@pytest.mark.parametrize("tcp", [False, True])
def test_a_record_is_answered(instance: RunningCloud, zone: str, tcp: bool) -> None:
    upsert(instance, zone, f"a.{ZONE}", "127.9.9.1")
    wait_for(lambda: addresses(instance, f"a.{ZONE}", tcp=tcp) == ["127.9.9.1"], "the record is answered")


def test_a_zone_answers_for_its_authority_and_for_who_may_issue_certificates(instance: RunningCloud, zone: str) -> None:
    issuer = {"Name": ZONE, "Type": "CAA", "TTL": 60, "ResourceRecords": [{"Value": '0 issue "amazon.com"'}]}
    change = {"Action": "UPSERT", "ResourceRecordSet": issuer}
    instance.client("route53").change_resource_record_sets(HostedZoneId=zone, ChangeBatch={"Changes": [change]})

    def answer(kind: str) -> str:
        packed = DNSRecord.question(ZONE, kind).send(instance.endpoints["dns"], 53, timeout=5)
        return " ".join(str(line.rdata) for line in DNSRecord.parse(packed).rr)

    wait_for(lambda: "amazon.com" in answer("CAA"), "the CAA record is answered")
    assert "awsdns" in answer("SOA")


def test_a_changed_record_is_answered_at_once(instance: RunningCloud, zone: str) -> None:
    for number in range(1, 6):
        upsert(instance, zone, f"b.{ZONE}", f"127.9.9.{number}")
        began = time.monotonic()
        wait_for(lambda n=number: addresses(instance, f"b.{ZONE}") == [f"127.9.9.{n}"], "the change is answered")
        assert time.monotonic() - began < 1


def test_records_of_one_name_are_kept_apart_by_their_identifier(instance: RunningCloud, zone: str) -> None:
    route53 = instance.client("route53")
    for name in ("c", "d"):
        for role in ("PRIMARY", "SECONDARY"):
            upsert(instance, zone, f"{name}.{ZONE}", "127.9.9.1", SetIdentifier=role, Failover=role)
    listed = route53.list_resource_record_sets(HostedZoneId=zone)["ResourceRecordSets"]
    (to_delete,) = [each for each in listed if each["Name"] == f"c.{ZONE}." and each.get("Failover") == "PRIMARY"]
    delete = {"Action": "DELETE", "ResourceRecordSet": to_delete}
    route53.change_resource_record_sets(HostedZoneId=zone, ChangeBatch={"Changes": [delete]})
    left = route53.list_resource_record_sets(HostedZoneId=zone)["ResourceRecordSets"]
    assert len(left) == len(listed) - 1
    with pytest.raises(route53.exceptions.InvalidChangeBatch):
        route53.change_resource_record_sets(HostedZoneId=zone, ChangeBatch={"Changes": [delete]})


def test_an_inverted_check_moves_the_name(instance: RunningCloud, zone: str, endpoint: "Endpoint") -> None:
    route53 = instance.client("route53")
    upsert(instance, zone, f"endpoint.{ZONE}", endpoint.address)
    check = route53.create_health_check(
        CallerReference="inverted",
        HealthCheckConfig={
            "Type": "HTTP",
            "FullyQualifiedDomainName": f"endpoint.{ZONE}",
            "Port": endpoint.port,
            "ResourcePath": "/traffic",
            "RequestInterval": 10,
            "FailureThreshold": 3,
            "Inverted": True,
        },
    )["HealthCheck"]["Id"]
    name = f"origin.{ZONE}"
    upsert(instance, zone, name, "127.9.9.1", SetIdentifier="e", Failover="PRIMARY", HealthCheckId=check)
    upsert(instance, zone, name, "127.9.9.2", SetIdentifier="w", Failover="SECONDARY")

    def report() -> str:
        observed = route53.get_health_check_status(HealthCheckId=check)["HealthCheckObservations"]
        return str(observed[0]["StatusReport"]["Status"])

    wait_for(lambda: addresses(instance, name) == ["127.9.9.1"], "the endpoint says no: primary")
    wait_for(lambda: report().startswith("Failure: HTTP Status Code 503"), "the status says why")
    endpoint.mark.touch()
    began = time.monotonic()
    wait_for(lambda: addresses(instance, name) == ["127.9.9.2"], "the endpoint says yes: secondary")
    assert time.monotonic() - began < 6
    wait_for(lambda: report().startswith("Success: HTTP Status Code 200"), "the status says why")
    endpoint.mark.unlink()
    wait_for(lambda: addresses(instance, name) == ["127.9.9.1"], "back to the primary")


class Endpoint:
    """An HTTP endpoint that answers 200 while a file exists, else 503."""

    def __init__(self, mark: Path) -> None:
        from http.server import BaseHTTPRequestHandler, HTTPServer
        from threading import Thread

        class Answers(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(200 if mark.exists() else 503)
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                """Say nothing."""

        self.mark = mark
        self.server = HTTPServer(("127.0.0.1", 0), Answers)
        self.address, self.port = "127.0.0.1", self.server.server_port
        Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture
def endpoint(tmp_path: Path) -> Iterator[Endpoint]:
    made = Endpoint(tmp_path / "mark")
    yield made
    made.server.shutdown()
    made.server.server_close()
