"""The edge of the local cloud: one name for users, an origin that DNS may move."""

import asyncio
import ssl
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest

from tests.local.localcloud.load import Load
from tests.local.localcloud.tiny_estate import Answered, Estate, ask, build, wait_for
from tests.local.running_cloud import REGIONS, RunningCloud

pytestmark = [pytest.mark.local, pytest.mark.timeout(180)]

SITE = "edge.test"
ORIGIN = f"origin.{SITE}"
EAST, WEST = REGIONS
ALL_VIEWER = "216adef6-5c7f-47e4-b989-5492eafa07d3"
CACHING_DISABLED = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"
METHODS = ["GET", "HEAD", "OPTIONS", "PUT", "POST", "PATCH", "DELETE"]


@dataclass
class Edge:
    """Two regions behind one distribution; while `mark` exists, traffic belongs to the second."""

    instance: RunningCloud
    regions: dict[str, Estate]
    distribution: dict[str, Any]
    mark: Path

    @cached_property
    def address(self) -> str:
        return str(self.instance.endpoints["edge"])

    @cached_property
    def tls(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=self.instance.endpoints["ca_file"])

    def get(self, path: str = "/", host: str = SITE, *, secure: bool = True) -> Answered:
        return ask(self.address, host, path, tls=self.tls if secure else None)

    def region(self) -> str:
        environment = self.get("/environment").document["environment"]
        return str(environment["AWS_REGION"])


def distribution_config(**behaviour: Any) -> dict[str, Any]:
    origin = {
        "Id": "origin",
        "DomainName": ORIGIN,
        "CustomHeaders": {"Quantity": 1, "Items": [{"HeaderName": "x-secret", "HeaderValue": "s3cret"}]},
        "CustomOriginConfig": {
            "HTTPPort": 80,
            "HTTPSPort": 443,
            "OriginProtocolPolicy": "https-only",
            "OriginSslProtocols": {"Quantity": 1, "Items": ["TLSv1.2"]},
        },
        "ConnectionAttempts": 2,
        "ConnectionTimeout": 2,
    }
    return {
        "CallerReference": SITE,
        "Comment": "",
        "Enabled": True,
        "Aliases": {"Quantity": 1, "Items": [SITE]},
        "Origins": {"Quantity": 1, "Items": [origin]},
        "DefaultCacheBehavior": {
            "TargetOriginId": "origin",
            "ViewerProtocolPolicy": "redirect-to-https",
            "AllowedMethods": {
                "Quantity": len(METHODS),
                "Items": METHODS,
                "CachedMethods": {"Quantity": 2, "Items": ["GET", "HEAD"]},
            },
            "CachePolicyId": CACHING_DISABLED,
            "OriginRequestPolicyId": ALL_VIEWER,
            **behaviour,
        },
    }


@pytest.fixture(scope="module")
def edge(instance: RunningCloud) -> Iterator[Edge]:
    mark = Path(f"/tmp/{uuid.uuid4()}.west")  # tasks run as a user of their own: it must be seen by all
    marks = {EAST: "/nothing", WEST: str(mark)}
    regions = {
        region: build(instance, region, [f"{region}.{ORIGIN}", ORIGIN, SITE], {"TRAFFIC_FILE": marks[region]})
        for region in REGIONS
    }
    for estate in regions.values():
        estate.scale("blue", 2)
    _records(instance, regions)
    cloudfront = instance.client("cloudfront")
    made = cloudfront.create_distribution(DistributionConfig=distribution_config())
    found = Edge(instance, regions, made["Distribution"], mark)
    wait_for(lambda: "edge" in instance.processes() and _status(found) == 200, "the edge serves", 20)
    yield found
    identity = made["Distribution"]["Id"]
    current = cloudfront.get_distribution_config(Id=identity)
    disabled = {**current["DistributionConfig"], "Enabled": False}
    etag = cloudfront.update_distribution(Id=identity, IfMatch=current["ETag"], DistributionConfig=disabled)["ETag"]
    cloudfront.delete_distribution(Id=identity, IfMatch=etag)
    for estate in regions.values():
        estate.remove()
    wait_for(lambda: "edge" not in instance.processes(), "the edge has ended")


def _status(edge: Edge, host: str = SITE) -> int | None:
    try:
        return edge.get(host=host).status
    except OSError:
        return None


def _records(instance: RunningCloud, regions: dict[str, Estate]) -> None:
    route53 = instance.client("route53")
    zone = route53.create_hosted_zone(Name=SITE, CallerReference=SITE)["HostedZone"]["Id"]
    check = route53.create_health_check(
        CallerReference=SITE,
        HealthCheckConfig={
            "Type": "HTTPS",
            "FullyQualifiedDomainName": f"{WEST}.{ORIGIN}",
            "ResourcePath": "/traffic",
            "RequestInterval": 10,
            "FailureThreshold": 3,
            "Inverted": True,
        },
    )["HealthCheck"]["Id"]
    roles = {EAST: {"Failover": "PRIMARY", "HealthCheckId": check}, WEST: {"Failover": "SECONDARY"}}
    records = [_alias(f"{region}.{ORIGIN}", estate) for region, estate in regions.items()]
    records += [{**_alias(ORIGIN, estate), "SetIdentifier": r, **roles[r]} for r, estate in regions.items()]
    changes = [{"Action": "UPSERT", "ResourceRecordSet": record} for record in records]
    route53.change_resource_record_sets(HostedZoneId=zone, ChangeBatch={"Changes": changes})


def _alias(name: str, estate: Estate) -> dict[str, Any]:
    target = {
        "HostedZoneId": estate.load_balancer["CanonicalHostedZoneId"],
        "DNSName": estate.load_balancer["DNSName"],
        "EvaluateTargetHealth": False,
    }
    return {"Name": name, "Type": "A", "AliasTarget": target}


def test_users_reach_the_app_by_every_name(edge: Edge) -> None:
    for host in (SITE, edge.distribution["DomainName"], edge.address):
        assert edge.get(host=host).status == 200
    headers = edge.get().document["headers"]
    assert (headers["host"], headers["x-secret"]) == (SITE, "s3cret")
    assert edge.get(host=edge.address).document["headers"]["host"] == SITE


def test_plain_http_is_redirected(edge: Edge) -> None:
    answer = edge.get("/a?b", secure=False)
    assert (answer.status, answer.headers["location"]) == (301, f"https://{SITE}/a?b")


def test_a_distribution_that_the_edge_cannot_run_holds_no_other_up(edge: Edge) -> None:
    cloudfront = edge.instance.client("cloudfront")
    config = {**distribution_config(), "CallerReference": "twice", "Aliases": {"Quantity": 1, "Items": [f"two.{SITE}"]}}
    everything = {**config["DefaultCacheBehavior"], "PathPattern": "*"}  # nginx takes no second location for all paths
    broken = {**config, "CacheBehaviors": {"Quantity": 1, "Items": [everything]}}
    made = cloudfront.create_distribution(DistributionConfig=broken)
    identity = made["Distribution"]["Id"]

    def status(of: str) -> str:
        return str(cloudfront.get_distribution(Id=of)["Distribution"]["Status"])

    def troubles() -> list[str]:
        found = edge.instance.ask("troubles")["troubles"]
        return [each["problem"] for each in found if each["name"] == "controller of cloudfront"]

    wait_for(lambda: any(identity in each for each in troubles()), "the status says which one")
    assert (status(identity), status(edge.distribution["Id"])) == ("InProgress", "Deployed")
    assert edge.get().status == 200
    etag = cloudfront.update_distribution(Id=identity, IfMatch=made["ETag"], DistributionConfig=config)["ETag"]
    wait_for(lambda: _status(edge, f"two.{SITE}") == 200, "the second one serves")
    wait_for(lambda: not troubles(), "nothing is wrong any more")
    assert status(identity) == "Deployed"
    etag = cloudfront.update_distribution(Id=identity, IfMatch=etag, DistributionConfig=broken)["ETag"]
    wait_for(lambda: any(identity in each for each in troubles()), "the status says so again")
    assert edge.get(host=f"two.{SITE}").status == 200  # the last good configuration stays
    off = cloudfront.update_distribution(Id=identity, IfMatch=etag, DistributionConfig={**broken, "Enabled": False})
    cloudfront.delete_distribution(Id=identity, IfMatch=off["ETag"])
    wait_for(lambda: not troubles(), "what is gone is no trouble")


def test_a_stale_etag_is_refused(edge: Edge) -> None:
    cloudfront = edge.instance.client("cloudfront")
    with pytest.raises(cloudfront.exceptions.ClientError) as refused:
        cloudfront.update_distribution(
            Id=edge.distribution["Id"], IfMatch="stale", DistributionConfig=distribution_config()
        )
    assert refused.value.response["Error"]["Code"] == "PreconditionFailed"


def test_an_origin_group_where_post_is_allowed_is_refused(edge: Edge) -> None:
    cloudfront = edge.instance.client("cloudfront")
    config = distribution_config(TargetOriginId="group") | {"CallerReference": "group"}
    members = {"Quantity": 2, "Items": [{"OriginId": "origin"}, {"OriginId": "origin"}]}
    criteria = {"StatusCodes": {"Quantity": 1, "Items": [500]}}
    group = {"Id": "group", "FailoverCriteria": criteria, "Members": members}
    config["OriginGroups"] = {"Quantity": 1, "Items": [group]}
    with pytest.raises(cloudfront.exceptions.ClientError) as refused:
        cloudfront.create_distribution(DistributionConfig=config)
    assert refused.value.response["Error"]["Code"] == "InvalidArgument"


def test_traffic_follows_the_name_and_no_request_fails(edge: Edge) -> None:
    load = Load(edge.address, SITE, {}, edge.tls, rate=50)
    took: list[float] = []

    async def there_and_back() -> None:
        over = asyncio.Event()
        running = asyncio.create_task(load.run(over))
        for region in (WEST, EAST):
            await asyncio.sleep(1)
            edge.mark.touch() if region == WEST else edge.mark.unlink()
            began = time.monotonic()
            await asyncio.to_thread(wait_for, lambda r=region: edge.region() == r, f"traffic is in {region}")
            took.append(time.monotonic() - began)
        over.set()
        await running

    asyncio.run(there_and_back())
    assert load.failures == []
    assert max(took) < 7
    assert len(load.answers) == 4


def test_a_lost_origin_is_an_error_soon(edge: Edge) -> None:
    fault = edge.instance.ask("fault_start", name="region-loss", region=EAST, for_s=60)["fault_id"]
    began = time.monotonic()
    wait_for(lambda: edge.get().status in (502, 504), "the edge says so")
    assert time.monotonic() - began < 5
    edge.mark.touch()
    wait_for(lambda: edge.get().status == 200 and edge.region() == WEST, "the other region serves")
    edge.mark.unlink()
    edge.instance.ask("fault_stop", fault_id=fault)
    wait_for(lambda: edge.get().status == 200 and edge.region() == EAST, "the lost region serves again", 30)


MEDIA = "media.test"
DENY = {"FrameOption": "DENY", "Override": True}


def media_config(access: str, headers: str) -> dict[str, Any]:
    """Return a distribution over a bucket of each region, one standing in for the other."""
    config = distribution_config() | {"CallerReference": MEDIA, "Aliases": {"Quantity": 1, "Items": [MEDIA]}}
    buckets = [
        {
            "Id": region,
            "DomainName": f"media-{region}.s3.{region}.amazonaws.com",
            "OriginAccessControlId": access,
            "S3OriginConfig": {"OriginAccessIdentity": ""},
            "ConnectionAttempts": 1,
            "ConnectionTimeout": 2,
        }
        for region in REGIONS
    ]
    config["Origins"] = {"Quantity": 3, "Items": [*config["Origins"]["Items"], *buckets]}
    members = {"Quantity": 2, "Items": [{"OriginId": region} for region in REGIONS]}
    criteria = {"StatusCodes": {"Quantity": 5, "Items": [403, 404, 502, 503, 504]}}
    config["OriginGroups"] = {
        "Quantity": 1,
        "Items": [{"Id": "media", "FailoverCriteria": criteria, "Members": members}],
    }
    behaviour = {
        "PathPattern": "/processed/*",
        "TargetOriginId": "media",
        "ViewerProtocolPolicy": "redirect-to-https",
        "AllowedMethods": {"Quantity": 2, "Items": ["GET", "HEAD"], "CachedMethods": {"Quantity": 1, "Items": ["GET"]}},
        "CachePolicyId": CACHING_DISABLED,
        "ResponseHeadersPolicyId": headers,
    }
    config["CacheBehaviors"] = {"Quantity": 1, "Items": [behaviour]}
    config["DefaultRootObject"] = "processed/index.html"
    return config


@pytest.fixture
def media(edge: Edge) -> Iterator[Edge]:
    for region in REGIONS:
        s3 = edge.instance.client("s3", region)
        place = {} if region == EAST else {"CreateBucketConfiguration": {"LocationConstraint": region}}
        s3.create_bucket(Bucket=f"media-{region}", **place)
    cloudfront = edge.instance.client("cloudfront")
    config = {
        "Name": "media",
        "OriginAccessControlOriginType": "s3",
        "SigningBehavior": "always",
        "SigningProtocol": "sigv4",
    }
    access = cloudfront.create_origin_access_control(OriginAccessControlConfig=config)["OriginAccessControl"]["Id"]
    policy = {
        "Name": "media",
        "SecurityHeadersConfig": {"FrameOptions": DENY, "ContentTypeOptions": {"Override": True}},
    }
    made = cloudfront.create_response_headers_policy(ResponseHeadersPolicyConfig=policy)
    headers = made["ResponseHeadersPolicy"]["Id"]
    identity = cloudfront.create_distribution(DistributionConfig=media_config(access, headers))["Distribution"]["Id"]
    yield edge
    current = cloudfront.get_distribution_config(Id=identity)
    disabled = {**current["DistributionConfig"], "Enabled": False}
    etag = cloudfront.update_distribution(Id=identity, IfMatch=current["ETag"], DistributionConfig=disabled)["ETag"]
    cloudfront.delete_distribution(Id=identity, IfMatch=etag)


def _text(edge: Edge, path: str) -> str | None:
    try:
        return edge.get(path, MEDIA).text
    except OSError:
        return None


def _served_by(edge: Edge, region: str) -> bool:
    """Whether every worker of the edge serves it: while it reloads, an old one may still take a connection."""
    return all(_text(edge, "/processed/both.ts") == region for _ in range(20))


def test_a_bucket_stands_in_for_the_other(media: Edge) -> None:
    def put(region: str, key: str) -> None:
        media.instance.client("s3", region).put_object(Bucket=f"media-{region}", Key=key, Body=region.encode())

    put(EAST, "processed/both.ts")
    put(WEST, "processed/both.ts")
    put(WEST, "processed/new.ts")
    put(EAST, "processed/index.html")
    wait_for(lambda: _served_by(media, EAST), "the bucket is served", 20)
    first = media.get("/processed/both.ts", MEDIA)
    assert first.text == EAST
    assert (first.headers["x-frame-options"], first.headers["x-content-type-options"]) == ("DENY", "nosniff")
    assert media.get("/processed/new.ts", MEDIA).text == WEST
    assert media.get("/", MEDIA).text == EAST
    assert media.get("/processed/none.ts", MEDIA).status == 404
    fault = media.instance.ask("fault_start", name="region-loss", region=EAST, for_s=60)["fault_id"]
    wait_for(lambda: _text(media, "/processed/both.ts") == WEST, "the other region's bucket serves")
    media.instance.ask("fault_stop", fault_id=fault)
    wait_for(lambda: _text(media, "/processed/both.ts") == EAST, "the first one serves again", 30)
