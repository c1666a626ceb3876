import msgspec
import pytest
import yaml

from estate.config.base import ConfigError
from estate.files import ROOT, list_environments, read_environment
from review.usage import FOLDER, parse_usage
from tests.unit.review.kit import usage_of


def raw(environment="production"):
    return yaml.safe_load((ROOT / FOLDER / f"{environment}.yaml").read_text())


@pytest.mark.parametrize("name", list_environments())
def test_every_environment_has_a_usage_of_its_regions(name):
    usage = usage_of(name)
    assert usage.environment == name
    assert set(usage.regions) == set(read_environment(name).regions)


def test_production_carries_the_specifications_figures():
    usage = usage_of("production")
    assert usage.delivery.data_out_gb == 100_000  # 100 TB a month
    stored = usage.buckets["videos"].prefixes.values()
    assert sum(sum(msgspec.structs.astuple(prefix)) for prefix in stored) == 50_000  # 50 TB
    assert set(usage.buckets["videos"].prefixes) == {"raw", "processed", "thumbnails", "profiles", "temp"}
    assert "delivery.data_out_gb" in usage.basis


@pytest.mark.parametrize(
    ("change", "key"),
    [
        ({"hourz": 1}, ""),
        ({"hours": "many"}, "hours"),
        ({"hours": -1}, "hours"),
        ({"hours": float("nan")}, "hours"),
        ({"hours": 745}, "hours"),
        ({"log_compression_ratio": 1.5}, "log_compression_ratio"),
        ({"release_overlap_hours": float("inf")}, "release_overlap_hours"),
        ({"services": {"other": {"average_tasks": {"us-east-1": -2}}}}, "services.other.average_tasks.us-east-1"),
        ({"basis": {"delivery.data_out_tb": "nobody"}}, "basis.delivery.data_out_tb"),
    ],
)
def test_what_is_wrong_is_named(change, key):
    with pytest.raises(ConfigError) as caught:
        parse_usage(raw() | change, file="production.yaml")
    assert (caught.value.file, caught.value.key) == ("production.yaml", key)
    assert caught.value.remedy


def test_the_usage_of_another_environment_is_refused_with_its_line():
    with pytest.raises(ConfigError) as caught:
        parse_usage(raw(), file="staging.yaml", environment="staging", line_of=lambda key: 2 if key else None)
    assert (caught.value.key, caught.value.where) == ("environment", "staging.yaml:2")
