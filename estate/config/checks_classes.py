"""Whether AWS has the instance classes that an environment names, in the regions where it names them."""

import difflib
from collections.abc import Mapping, Sequence

from estate.config.base import ConfigError
from estate.config.environment import Environment

Tables = Mapping[str, Mapping[str, Sequence[str]]]
"""Section (`database`, `cache`, `search`) → region → instance classes."""


def check_instance_classes(environment: Environment, tables: Tables, file: str) -> None:
    """Refuse a class that the engine lacks in a region, and a region that the tables do not know."""
    wanted = (
        ("database", "database.instance_class", environment.database.instance_class),
        ("cache", "cache.node_type", environment.cache.node_type),
        ("search", "search.instance_type", environment.search.instance_type),
        *((("search", "search.master_type", environment.search.master_type),) if environment.search.masters else ()),
    )
    for section, key, name in wanted:
        for region in environment.regions:
            if region not in tables[section]:
                raise ConfigError(
                    file=file,
                    key=f"regions.{region}",
                    problem="the instance classes of this region are unknown",
                    limit="a region of estate/instance_classes.json",
                    source="AWS, as cfn-lint ships it",
                    remedy="Add the region to tests/contract/instance_classes.py and run that file",
                )
            if name not in tables[section][region]:
                raise ConfigError(
                    file=file,
                    key=key,
                    problem=f"{region} has no {name}",
                    limit=f"a class that {section} has in both regions (estate/instance_classes.json)",
                    source="AWS, as cfn-lint ships it",
                    remedy=f"Choose one that both regions have, for instance {_like(name, tables[section][region])}",
                )


def _like(name: str, classes: Sequence[str]) -> str:
    """Return the known class that is spelt most like the name."""
    close = difflib.get_close_matches(name, classes, n=1, cutoff=0.0)
    return close[0] if close else classes[0]
