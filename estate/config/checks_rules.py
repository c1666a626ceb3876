"""Whether AWS Config has the managed rules that an environment names."""

import difflib
from collections.abc import Collection

from estate.config.base import ConfigError
from estate.config.environment import Environment


def check_managed_rules(environment: Environment, known: Collection[str], file: str) -> None:
    """Refuse a rule that AWS Config lacks, or that needs parameters: none are given."""
    for place, rule in enumerate(environment.security.config_rules):
        if rule not in known:
            raise ConfigError(
                file=file,
                key=f"security.config_rules[{place}]",
                problem=f"there is no managed rule {rule} that goes without parameters",
                limit="a rule of estate/managed_rules.json",
                source="AWS: Config developer guide, list of managed rules",
                remedy=f"Choose one, for instance {difflib.get_close_matches(rule, known, n=1, cutoff=0)[0]}",
            )
