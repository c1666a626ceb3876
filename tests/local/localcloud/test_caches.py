"""Redis behind ElastiCache's API."""

from typing import Any

import pytest
import redis

from tests.local.running_cloud import REGIONS, RunningCloud, eventually

pytestmark = pytest.mark.local
EAST, WEST = REGIONS


def test_redis_speaks_tls_with_the_token_and_replicates(instance: RunningCloud) -> None:
    cache, token = instance.client("elasticache", WEST), "a#token>of-16-letters"
    cache.create_replication_group(
        ReplicationGroupId="cache",
        ReplicationGroupDescription="-",
        NumCacheClusters=2,
        AuthToken=token,
        TransitEncryptionEnabled=True,
    )
    groups = eventually(
        lambda: cache.describe_replication_groups(ReplicationGroupId="cache")["ReplicationGroups"],
        lambda found: found[0]["Status"] == "available",
    )
    assert groups[0]["NodeGroups"][0]["PrimaryEndpoint"]["Address"].startswith("master.cache.")
    assert len(groups[0]["MemberClusters"]) == 2
    ca_file, processes = instance.endpoints["ca_file"], instance.processes()

    def node(number: int, **options: Any) -> "redis.Redis":
        defaults = {"ssl": True, "ssl_ca_certs": ca_file, "ssl_check_hostname": False, "password": token}
        address = processes[f"redis-cache-00{number}.{WEST}"]["address"]
        return redis.Redis(host=address, port=6379, socket_timeout=3, **{**defaults, **options})

    node(1).set("key", "value")
    eventually(lambda: node(2).get("key"), lambda value: value == b"value")
    with pytest.raises(redis.ReadOnlyError):
        node(2).set("key", "other")
    with pytest.raises(redis.ConnectionError):
        node(1, ssl=False).ping()
    with pytest.raises(redis.AuthenticationError):
        node(1, password="wrong").ping()
    cache.delete_replication_group(ReplicationGroupId="cache")
    eventually(lambda: [n for n in instance.processes() if n.startswith("redis-cache")], lambda left: not left)
