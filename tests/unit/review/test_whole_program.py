"""The plan of the whole program: every resource is priced or known to be free, and everything is in the picture."""

from xml.etree import ElementTree

import pytest

from estate.files import read_environment
from review.cost import cost
from review.diagram import diagram, draw
from review.drawing.edge import estate_picture
from review.prices import PriceTable
from tests.unit.review.kit import usage_of


@pytest.fixture(scope="module")
def production(planned):
    return planned("production").document


@pytest.fixture(scope="module")
def report(production):
    return cost(production, usage_of("production"), PriceTable())


def test_every_resource_is_priced_or_free_by_nature(report):
    assert [(one.kind, one.reason) for one in report.coverage.not_priced] == []
    assert report.coverage.known_ratio == 1
    free = sum(kind.count for kind in report.coverage.free)
    assert report.coverage.priced + free == report.coverage.resources > 200


def test_what_costs_most_is_what_the_specification_names(report):
    assert set(list(report.by_service)[:5]) & {"AmazonCloudFront", "AmazonRDS", "AmazonElastiCache", "AmazonS3"}
    assert report.by_service["AmazonECS"] > 0
    assert report.monthly_usd == pytest.approx(sum(line.monthly_usd for line in report.lines))


def test_most_of_the_money_rests_on_stated_prices(report):
    by_confidence = {}
    for source in report.prices.sources:
        by_confidence[source.confidence] = by_confidence.get(source.confidence, 0) + source.monthly_usd
    assert (by_confidence["sourced"] + by_confidence["derived"]) / report.monthly_usd > 0.7


def test_the_picture_names_every_region_zone_and_service(production):
    environment = read_environment("production")
    shown = {element.text for element in ElementTree.fromstring(diagram(production)).iter() if element.text}
    for name, region in environment.regions.items():
        assert {name, *region.availability_zones} <= shown
    assert set(environment.services) <= shown


def test_the_picture_has_no_overlapping_texts(production):
    texts = draw(estate_picture(production)).texts
    for number, one in enumerate(texts):
        for other in texts[number + 1 :]:
            assert not one.box.overlaps(other.box), (one.text, other.text)
