"""Tasks of single services, with real servers: a gateway alone, and workers that deliver once."""

from collections.abc import Iterator

import pytest

from tests.local.app.harness import EAST, TABLE, WEST, Stack, running_stack
from tests.local.app.task import wait_for

pytestmark = [pytest.mark.local, pytest.mark.timeout(120)]

WITHOUT_STORES = dict.fromkeys(
    ("DB_HOST", "DB_NAME", "DB_CA_FILE", "DB_PASSWORD", "DB_FENCE_PASSWORD", "REDIS_HOST", "CACHE_TOKEN", "TOKEN_KEY")
)


@pytest.fixture(scope="module")
def stack() -> Iterator[Stack]:
    with running_stack() as stack:
        assert stack.migrate().returncode == 0
        yield stack


def active(stack: Stack, colour: str) -> None:
    """Make workers of a colour the active ones in both regions, as a release does."""
    for region in (EAST, WEST):
        key = {"pk": {"S": "worker"}, "sk": {"S": f"colour#{region}"}}
        stack.boto("dynamodb", region).put_item(
            TableName=TABLE, Item={**key, "colour": {"S": colour}, "operation": {"S": "op-test"}}
        )


def undelivered(stack: Stack) -> int:
    return int(stack.sql("select count(*) from outbox where delivered_at is null")[0][0])


def test_a_gateway_is_ready_without_any_store_and_answers_traffic(stack: Stack) -> None:
    stack.lease(EAST, stack.next_epoch())
    task = stack.task(SERVICE="gateway", **WITHOUT_STORES)
    assert task.client.get("/readyz").status_code == 200
    wait_for(lambda: task.client.get("/traffic").status_code == 200, "traffic is here")
    document = task.client.get("/api/health").json()
    assert (document["service"], document["database"], document["cache"]) == ("gateway", None, None)
    assert task.client.get("/api/health").headers["x-service"] == "gateway"
    assert task.client.get("/api/videos").status_code == 404
    assert task.stop() == 0


def test_the_active_colours_worker_delivers_once_and_stops_when_asked(stack: Stack) -> None:
    stack.lease(EAST, stack.next_epoch())
    active(stack, "green")
    api = stack.task()
    wait_for(lambda: api.writer()["state"] == "open", "writes are allowed")
    for _ in range(3):
        api.sign_up()
    assert undelivered(stack) >= 3
    blue = stack.task(SERVICE="worker", COLOUR="blue", command="work")
    wait_for(lambda: "waiting: other_colour" in blue.log_file.read_text(), "the idle colour waits")
    wait_for(lambda: stack.beat(f"worker#{EAST}#blue"), "the idle colour says that it is ready")
    assert undelivered(stack) >= 3
    green = stack.task(SERVICE="worker", COLOUR="green", command="work")
    wait_for(lambda: undelivered(stack) == 0, "the active colour delivers")
    delivered = [line["outboxId"] for line in green.logs() if line["message"] == "Event delivered"]
    assert len(delivered) == len(set(delivered)) >= 3
    active(stack, "blue")
    wait_for(lambda: "waiting: other_colour" in green.log_file.read_text(), "the other colour took over")
    api.sign_up()
    wait_for(lambda: undelivered(stack) == 0, "the new active colour delivers")
    assert (blue.stop(), green.stop()) == (0, 0)


def test_a_worker_takes_nothing_where_the_lease_is_not(stack: Stack) -> None:
    stack.lease(WEST, stack.next_epoch())
    active(stack, "blue")
    worker = stack.task(SERVICE="worker", command="work")
    wait_for(lambda: "waiting: held_elsewhere" in worker.log_file.read_text(), "it waits")
    assert worker.stop() == 0
