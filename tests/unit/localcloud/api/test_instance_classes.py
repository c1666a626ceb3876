"""The local cloud takes the instance classes that AWS offers, and no other."""

import pytest

from estate.files import read_instance_classes
from localcloud.api.instance_classes import Service, classes


@pytest.mark.parametrize("service", ["cache", "database", "search"])
def test_the_classes_are_those_of_the_sourced_table(service: Service) -> None:
    regions = read_instance_classes()[service]
    assert classes(service) == {name for names in regions.values() for name in names}
