"""The table of instance classes is the one that cfn-lint ships."""

from estate.files import list_environments, read_environment, read_instance_classes
from tests.contract.instance_classes import FILE, REGIONS, tables, text


def test_the_file_is_what_cfn_lint_says() -> None:
    assert FILE.read_text() == text(), "run: python tests/contract/instance_classes.py"


def test_it_knows_every_region_of_every_environment() -> None:
    regions = {region for name in list_environments() for region in read_environment(name).regions}
    assert regions <= set(REGIONS)


def test_tables_are_of_the_right_engines() -> None:
    known = tables()
    assert "db.r6g.xlarge" in known["database"]["us-west-2"]
    assert not any(name.endswith(".search") for name in known["database"]["us-east-1"])
    assert "cache.r6g.large" in known["cache"]["us-east-1"]
    assert {"r6g.large.search", "t3.small.search"} <= set(known["search"]["us-west-2"])
    assert read_instance_classes() == known
