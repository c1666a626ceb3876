"""ElastiCache's parameter groups."""

from tests.contract.lifecycle.kit import Row

ROWS = [
    Row(
        "aws:elasticache/parameterGroup:ParameterGroup",
        inputs=lambda world: {
            "name": "settings",
            "family": "redis7",
            "description": "of the cache",
            "parameters": [{"name": "maxmemory-policy", "value": "allkeys-lru"}, {"name": "timeout", "value": "300"}],
        },
        changed=lambda world: {"parameters": [{"name": "maxmemory-policy", "value": "volatile-lru"}]},
        replaces={"name", "family", "description"},
    ),
]
