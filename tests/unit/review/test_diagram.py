import random
from xml.etree import ElementTree

import msgspec
import pytest

from review.diagram import diagram, draw
from review.drawing.canvas import SMALLEST_PX, Box, width_of
from review.drawing.edge import estate_picture
from review.drawing.style import FAINT, TEXT, TONES
from review.plan import PlanDocument
from tests.unit.review.kit import resource

SVG = "{http://www.w3.org/2000/svg}"
SERVICES = ("auth", "gateway", "notification", "search", "social", "user", "video", "worker")


def region(name, other, octet):
    zones = [f"{name}a", f"{name}b"]
    born = (
        {"allocatedStorage": 1000, "iops": 20000}
        if octet == 0
        else {"replicateSourceDb": f"arn:aws:rds:{other}:1:db:breiq-{other}"}
    )
    yield resource("ec2/Vpc", "vpc", region=name, cidrBlock=f"10.{octet}.0.0/16")
    for n, zone in enumerate(zones):
        yield resource("ec2/NatGateway", f"nat-{zone}", region=name)
        for tier in ("public", "task", "private", "database"):
            cidr = f"10.{octet}.{len(tier) * 2 + n}.0/24"
            tags = {"Tier": tier}
            yield resource(
                "ec2/Subnet", f"{tier}-{zone}", region=name, availabilityZone=zone, cidrBlock=cidr, tags=tags
            )
    yield resource("lb/LoadBalancer", "lb", region=name)
    definition = resource("ecs/TaskDefinition", "task", region=name, cpu="2048", memory="4096")
    yield definition
    for service in SERVICES:
        yield resource(
            "appautoscaling/Target",
            service,
            region=name,
            resourceId=f"service/breiq-production-cluster/breiq-production-{service}-blue",
            minCapacity=5,
            maxCapacity=50,
        )
        for colour in ("blue", "green"):
            called = f"breiq-production-{service}-{colour}"
            made = resource("ecs/Service", called, region=name, name=called)
            yield msgspec.structs.replace(made, property_dependencies={"taskDefinition": (definition.urn,)})
    yield resource(
        "elasticache/ReplicationGroup", "cache", region=name, nodeType="cache.r6g.xlarge", numCacheClusters=3
    )
    yield resource(
        "opensearch/Domain",
        "search",
        region=name,
        clusterConfig={"instanceType": "r6g.large.search", "instanceCount": 3},
        ebsOptions={"volumeSize": 200},
    )
    yield resource("rds/Instance", "database", region=name, instanceClass="db.r6g.xlarge", multiAz=True, **born)
    yield resource("s3/Bucket", "videos", region=name, bucket=f"breiq-videos-production-{name}")
    yield resource(
        "s3/BucketReplicationConfig",
        "videos",
        region=name,
        bucket=f"breiq-videos-production-{name}",
        rules=[{"destination": {"replicationTime": {"status": "Enabled"}}}],
    )
    for queue in ("jobs", "jobs-dead"):
        yield resource("sqs/Queue", queue, region=name)


def edge():
    yield resource(
        "cloudfront/Distribution",
        aliases=["breiq.com"],
        httpVersion="http2and3",
        origins=[
            {"domainName": f"breiq-videos-production-{name}.s3.amazonaws.com", "originAccessControlId": "x"}
            for name in ("us-east-1", "us-west-2")
        ],
    )
    yield resource("wafv2/WebAcl", rules=[{"name": "a"}, {"name": "b"}, {"name": "c"}])
    for kind, name in (("PRIMARY", "us-east-1"), ("SECONDARY", "us-west-2")):
        yield resource(
            "route53/Record",
            f"origin-{name}",
            name="origin.breiq.com",
            setIdentifier=name,
            failoverRoutingPolicies=[{"type": kind}],
        )
    yield resource(
        "dynamodb/Table", replicas=[{"regionName": "us-west-2"}], globalTableWitness={"regionName": "us-east-2"}
    )
    for kind in ("guardduty/Detector", "cloudtrail/Trail", "budgets/Budget", "iam/Role"):
        yield resource(kind)


@pytest.fixture(scope="module")
def estate():
    resources = (*region("us-east-1", "us-west-2", 0), *region("us-west-2", "us-east-1", 1))
    edges = [msgspec.structs.replace(one, stack="production-edge") for one in edge()]
    return PlanDocument(environment="production", resources=(*resources, *edges))


@pytest.fixture(scope="module")
def canvas(estate):
    return draw(estate_picture(estate))


def texts_of(svg):
    return [element.text for element in ElementTree.fromstring(svg).iter(f"{SVG}text")]


def test_it_is_one_svg_that_says_in_words_what_it_shows(estate):
    root = ElementTree.fromstring(diagram(estate))
    assert root.tag == f"{SVG}svg"
    assert root.find(f"{SVG}title").text == "Architecture of Breiq, production"
    words = root.find(f"{SVG}desc").text
    for said in ("us-east-1", "us-west-2", "10.0.0.0/16", "auth", "witness in us-east-2", "replicated to us-west-2"):
        assert said in words
    assert root.get("role") == "img"
    assert not [element for element in root.iter() if element.tag in (f"{SVG}image", f"{SVG}script")]


def test_every_region_zone_service_and_store_is_named(estate):
    shown = texts_of(diagram(estate))
    for name in ("us-east-1", "us-west-2", "us-east-1a", "us-east-1b", "us-west-2a", "us-west-2b", *SERVICES):
        assert name in shown, name
    for figure in (
        *("VPC 10.0.0.0/16", "VPC 10.1.0.0/16", "2 vCPU, 4 GB", "5 to 50 tasks", "3 x cache.r6g.xlarge"),
        *("3 x r6g.large.search, 200 GB", "db.r6g.xlarge, 1,000 GiB gp3", "Multi-AZ, 20,000 IOPS"),
        *("PRIMARY", "SECONDARY", "born as primary", "born as replica", "Witness", "us-east-2", "3 rules"),
        *("objects both ways", "in 15 min (RTC)", "1 for dead letters", "origin.breiq.com", "files that are"),
    ):
        assert figure in shown, figure
    assert not [text for text in shown if text.endswith("…")]


def test_no_two_texts_overlap_and_none_leaves_the_picture(canvas):
    page = Box(0, 0, canvas.width, canvas.height)
    for number, one in enumerate(canvas.texts):
        assert page.holds(one.box), one.text
        for other in canvas.texts[number + 1 :]:
            assert not one.box.overlaps(other.box), (one.text, other.text)


def test_every_text_can_be_read(canvas):
    assert all(text.size_px >= SMALLEST_PX for text in canvas.texts)


def luminance(colour):
    parts = [int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)]
    red, green, blue = (one / 12.92 if one <= 0.03928 else ((one + 0.055) / 1.055) ** 2.4 for one in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one, other):
    """WCAG 2.2, 1.4.3: at least 4.5 for text."""
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def shaded(ground, ratio=0.07):
    """A tier's ground under a zone's column."""
    pairs = ((int(ground[n : n + 2], 16), int("#475569"[n : n + 2], 16)) for n in (1, 3, 5))
    return "#" + "".join(f"{round(below * (1 - ratio) + above * ratio):02x}" for below, above in pairs)


@pytest.mark.parametrize("name", list(TONES))
def test_text_stands_out_from_what_it_stands_on(name):
    ground = shaded(TONES[name].ground)
    assert contrast(TONES[name].strong, ground) >= 4.5
    assert contrast(FAINT, ground) >= 4.5
    assert contrast(TEXT, "#ffffff") >= 4.5


def test_the_same_plan_gives_the_same_text_in_whatever_order(estate):
    mixed = list(estate.resources)
    random.Random(4).shuffle(mixed)
    assert diagram(PlanDocument(environment="production", resources=tuple(mixed))) == diagram(estate)


def test_after_a_failover_of_the_names_the_lines_follow_the_records(estate):
    turned = [
        resource("route53/Record", one.name, **(one.inputs | {"setIdentifier": "us-west-2"}))
        if one.inputs.get("failoverRoutingPolicies") == [{"type": "PRIMARY"}]
        else one
        for one in estate.resources
    ]
    picture = estate_picture(PlanDocument(environment="production", resources=tuple(turned)))
    assert picture.primary_target == "us-west-2"


def test_a_tier_stands_in_the_zones_of_its_subnets_alone(estate):
    third = resource(
        "ec2/Subnet",
        "search",
        availabilityZone="us-east-1c",
        cidrBlock="10.0.99.0/24",
        tags={"Tier": "search"},
    )
    picture = estate_picture(PlanDocument(environment="production", resources=(*estate.resources, third)))
    left = picture.regions[0]
    assert left.zones_of("public") == ["us-east-1a", "us-east-1b"]
    assert left.zones_of("private") == ["us-east-1a", "us-east-1b", "us-east-1c"]
    assert left.side_zones == {"us-east-1c"}
    canvas = draw(picture)
    box = {text.text: text.box for text in canvas.texts}
    assert box["us-east-1c"].width < box["us-east-1c"].x - box["us-east-1b"].x
    assert not [text for text in canvas.texts if text.text.endswith("…")]


def test_what_is_not_drawn_is_counted(estate):
    assert estate_picture(estate).not_drawn == "1 iam"


def test_an_estate_without_an_edge_or_copies_can_be_drawn_too(estate):
    kinds = ("ec2/Vpc", "ec2/Subnet", "ecs/Service", "ecs/TaskDefinition")
    bare = tuple(one for one in estate.resources if one.kind in kinds)
    shown = texts_of(diagram(PlanDocument(environment="staging", resources=bare)))
    assert "Breiq, staging" in shown
    assert "Witness" not in shown


def test_wide_letters_are_wider_and_bold_ones_too():
    assert width_of("WWW", 12) > width_of("iii", 12)
    assert width_of("abc", 12, bold=True) > width_of("abc", 12)
