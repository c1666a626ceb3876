"""Load balancers of the local cloud under traffic: weights, drains, reloads, health."""

import asyncio
import ssl
import time
from collections.abc import Awaitable, Callable, Iterator
from functools import partial
from typing import Any

import pytest

from localcloud.core.wire import http_json
from tests.local.localcloud.load import Load
from tests.local.localcloud.tiny_estate import COLOURS, SECRET, Answered, Estate, build, wait_for
from tests.local.running_cloud import RunningCloud

pytestmark = [pytest.mark.local, pytest.mark.timeout(240)]

REGION = "us-east-1"
HOST = "tiny.test"


@pytest.fixture(scope="module")
def estate(instance: RunningCloud) -> Iterator[Estate]:
    made = build(instance, REGION, [HOST])
    yield made
    made.remove()


def under_load(estate: Estate, change: Callable[[Callable[..., Awaitable[Any]]], Awaitable[None]]) -> Load:
    """Run a change while 100 requests a second come in; return what they met."""
    load = Load(estate.address, HOST, SECRET, estate.tls)

    async def run() -> None:
        over = asyncio.Event()
        running = asyncio.create_task(load.run(over))
        try:
            await change(asyncio.to_thread)
        finally:
            over.set()
            await running

    asyncio.run(run())
    return load


def test_no_request_fails_over_twenty_weight_switches_and_drains(estate: Estate) -> None:
    estate.scale("blue", 2)
    switches = 20

    async def deploy(call: Callable[..., Awaitable[Any]]) -> None:
        for number in range(switches):
            live, idle = COLOURS[number % 2], COLOURS[1 - number % 2]
            await call(estate.scale, idle, 2)
            await call(estate.set_weights, *((0, 100) if idle == "green" else (100, 0)))
            await asyncio.sleep(0.2)
            await call(estate.scale_in, live)

    load = under_load(estate, deploy)
    assert load.failures == []
    assert load.requests > 1000
    assert load.uploads > 10  # one begins each second and lasts five: some are in flight at every switch
    assert len(load.answers) == 2 * (switches + 1)
    estate.set_weights(100, 0)
    estate.scale("blue", 2)
    estate.scale_in("green")


def test_weights_share_traffic_exactly_and_at_once(estate: Estate) -> None:
    estate.scale("green", 1)
    green = {target["Id"] for target in estate.health("green")}
    estate.set_weights(0, 100)
    began = time.monotonic()
    wait_for(lambda: estate.get(headers=SECRET).document["address"] in green, "the weight takes effect")
    assert time.monotonic() - began < 0.3
    assert {estate.get(headers=SECRET).document["address"] for _ in range(50)} <= green
    estate.set_weights(75, 25)
    time.sleep(0.1)
    answers = [estate.get(headers=SECRET).document["address"] in green for _ in range(400)]
    assert 60 <= sum(answers) <= 145
    estate.set_weights(100, 0)
    estate.scale_in("green")


def test_a_change_of_structure_under_load_fails_no_request(estate: Estate) -> None:
    elb = estate.client("elbv2")
    estate.scale("blue", 2)

    def create(number: int) -> str:
        path = {"Field": "path-pattern", "PathPatternConfig": {"Values": [f"/fixed/{number}"]}}
        fixed = {"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "200", "MessageBody": str(number)}}
        made = elb.create_rule(ListenerArn=estate.listener, Priority=100 + number, Conditions=[path], Actions=[fixed])
        return str(made["Rules"][0]["RuleArn"])

    def answers(number: int) -> bool:
        return estate.get(f"/fixed/{number}").text == str(number)

    async def add_rules(call: Callable[..., Awaitable[Any]]) -> None:
        for number in range(6):
            arn = await call(create, number)
            await call(wait_for, partial(answers, number), "the rule answers")
            await asyncio.sleep(0.5)
            await call(partial(elb.delete_rule, RuleArn=arn))

    load = under_load(estate, add_rules)
    assert load.failures == []
    assert load.requests > 200


def test_requests_that_no_rule_fits_get_the_default_answer(estate: Estate) -> None:
    assert estate.get().status == 403
    assert estate.get(headers={"x-secret": "wrong"}).status == 403


def test_port_80_redirects(estate: Estate) -> None:
    answer = estate.get("/a?b=c", port=80)
    assert (answer.status, answer.headers["location"]) == (301, f"https://{HOST}:443/a?b=c")


def test_targets_see_where_a_request_came_from(estate: Estate) -> None:
    estate.scale("blue", 2)
    headers = estate.get(headers=SECRET).document["headers"]
    assert (headers["x-forwarded-proto"], headers["x-forwarded-port"], headers["host"]) == ("https", "443", HOST)
    assert headers["x-forwarded-for"] == "127.0.0.1"


def test_health_is_what_the_target_answers(estate: Estate) -> None:
    estate.scale("blue", 2)
    sick = wait_for(lambda: [each["Id"] for each in estate.health("blue") if each["State"] == "healthy"], "a target")[0]

    def unhealthy() -> dict[str, Any] | None:
        return next((each for each in estate.health("blue") if each["State"] == "unhealthy"), None)

    with estate.sick(sick):
        found = wait_for(unhealthy, "it is unhealthy")
        assert (found["Id"], found["Reason"]) == (sick, "Target.ResponseCodeMismatch")
        assert "[503]" in found["Description"]
        assert all(estate.get(headers=SECRET).document["address"] != sick for _ in range(20))
        estate.wait_until_healthy("blue", 2)
        assert sick not in {each["Id"] for each in estate.health("blue") if each["State"] == "healthy"}


def test_an_empty_target_group_answers_503(estate: Estate) -> None:
    estate.set_weights(0, 100)
    assert estate.health("green") == []
    wait_for(lambda: estate.get(headers=SECRET).status == 503, "no target, no service")
    estate.set_weights(100, 0)
    wait_for(lambda: estate.get(headers=SECRET).status == 200, "blue serves")


def test_what_was_written_is_read_back(estate: Estate) -> None:
    elb = estate.client("elbv2")
    wanted = {"Key": "idle_timeout.timeout_seconds", "Value": "120"}
    elb.modify_load_balancer_attributes(LoadBalancerArn=estate.load_balancer["LoadBalancerArn"], Attributes=[wanted])
    found = elb.describe_load_balancer_attributes(LoadBalancerArn=estate.load_balancer["LoadBalancerArn"])
    assert wanted in found["Attributes"]
    group = elb.describe_target_groups(TargetGroupArns=[estate.groups["blue"]])["TargetGroups"][0]
    assert group["LoadBalancerArns"] == [estate.load_balancer["LoadBalancerArn"]]


def test_a_load_balancer_that_cannot_be_made_true_is_impaired(estate: Estate, instance: RunningCloud) -> None:
    (record,) = instance.folder.rglob("api.sock")
    elb, arn = estate.client("elbv2"), estate.load_balancer["LoadBalancerArn"]
    for reason, state in (
        ("HAProxy refuses it", {"Code": "active_impaired", "Reason": "HAProxy refuses it"}),
        (None, {"Code": "active"}),
    ):
        document = {"region": REGION, "arn": arn, "reason": reason}  # as its controller tells it
        asyncio.run(http_json(record, "POST", "/_local/elbv2/impaired", document))
        assert elb.describe_load_balancers(LoadBalancerArns=[arn])["LoadBalancers"][0]["State"] == state


def test_what_is_not_emulated_is_refused_in_words(estate: Estate) -> None:
    elb = estate.client("elbv2")
    with pytest.raises(elb.exceptions.ClientError) as refused:
        elb.modify_capacity_reservation(LoadBalancerArn=estate.load_balancer["LoadBalancerArn"])
    assert refused.value.response["Error"]["Code"] == "NotEmulated"


def test_an_answer_is_verified_by_the_instance_s_authority(estate: Estate, instance: RunningCloud) -> None:
    assert isinstance(estate.get(), Answered)
    with pytest.raises(ssl.SSLCertVerificationError):
        estate.get(tls=ssl.create_default_context())
