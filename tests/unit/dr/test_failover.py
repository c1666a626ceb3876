import dataclasses
from typing import Any

import pytest

from dr.failover import only
from dr.result import failover_document
from estate import topology
from estate.errors import BreiqError
from operations.journal import Journal
from releases.secrets import RENEW
from tests.unit.dr.stages import EAST, LIMITS, WEST, failover_stage, instance, lost_cloud
from tests.unit.operations.engine_kit import PLACE


def refused(stage: Any, code: str) -> Any:
    before = stage.snapshot()
    outcome = stage.run()
    assert outcome.status == "refused" and outcome.error.code == code and outcome.exit_code == 3
    assert stage.snapshot() == before, "a refusal comes before anything is touched"
    return outcome


def test_the_document_is_the_contracts() -> None:
    stage = failover_stage()
    document = failover_document(stage.run(), [], PLACE)
    assert document["verdict"] == "done"
    assert (document["from_region"], document["to_region"]) == (EAST, WEST)
    assert document["lag_at_decision_s"] == pytest.approx(0.3)
    assert document["rpo_bound_s"] == pytest.approx(2.3, abs=0.1)
    assert document["lease_wait_s"] == pytest.approx(13)
    assert document["detect_s"] is document["rto_s"] is document["rpo_s"] is None
    assert document["cut_over_s"] >= 13 and document["promote_s"] is not None and document["verify_s"] is not None
    assert [step["name"] for step in document["steps"]] == [
        "gates", "scale", "take lease", "wait", "lag again", "promote", "open lease", "verify", "watch",
    ]  # fmt: skip


def test_the_promotion_comes_after_lease_and_transaction_limit() -> None:
    stage = failover_stage()
    outcome = stage.run()
    at = {(event.step, event.kind): event.at for event in outcome.events}
    waited = at[f"{WEST}/promote", "started"] - at[f"{WEST}/take lease", "verified"]
    assert waited >= 10 + 2 + 1


def forget_replica(cloud: Any) -> None:
    """No standby task ever noted a beat."""
    cloud.renewers.note_replica = lambda: None
    del cloud.table.items["beat", f"replica#{WEST}"]


def test_an_unknown_lag_is_refused_unless_accepted() -> None:
    cloud = lost_cloud()
    forget_replica(cloud)
    outcome = refused(failover_stage(cloud), "lag_unknown")
    assert "--lag-unknown-accepted" in outcome.error.remedy
    cloud = lost_cloud()
    forget_replica(cloud)
    stage = failover_stage(cloud, lag_unknown_accepted=True)
    document = failover_document(stage.run(), [], PLACE)
    assert document["verdict"] == "done" and document["lag_at_decision_s"] is None


def test_more_loss_than_was_accepted_is_refused_and_the_remedy_says_how_much() -> None:
    outcome = refused(failover_stage(lost_cloud(lag_s=100.0), accept_data_loss_s=60), "too_much_loss")
    assert "--accept-data-loss 116" in outcome.error.remedy


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"status": "backing-up", "replica_of": "x"}, "replica_not_available"),
        ({"replica_of": None}, "not_a_replica"),
    ],
)
def test_a_database_that_cannot_be_promoted_is_refused(change: dict[str, Any], code: str) -> None:
    cloud = lost_cloud()
    rds = cloud.regions[WEST].rds
    name = next(iter(rds.instances))
    rds.instances[name] = instance(name, **change)
    refused(failover_stage(cloud), code)


def test_an_image_that_is_not_in_the_recovery_region_is_refused() -> None:
    cloud = lost_cloud()
    stage = failover_stage(cloud)
    cloud.images.clear()
    refused(stage, "image_missing")


def test_an_image_that_cannot_be_pulled_is_refused() -> None:
    cloud = lost_cloud()
    cloud.image_problem = "it is not made for linux/amd64"
    refused(failover_stage(cloud), "image_missing")


STANDBY: list[tuple[dict[str, Any], str]] = [
    *(({name: 99}, "limits_too_low") for name in LIMITS if name != "database_bytes"),
    ({"replay": "paused", "unreplayed_bytes": 9}, "replay_paused"),
    ({"replay": "pause requested"}, "replay_paused"),
    ({"stalled_s": 11.0, "unreplayed_bytes": 9}, "replay_stalled"),
    ({"database_bytes": 20 * 1024**3}, "storage_full"),
    ({"logins": "breiq_app: InvalidPasswordError"}, "secret_does_not_log_in"),
]


@pytest.mark.parametrize(("facts", "code"), STANDBY, ids=str)
def test_a_standby_that_would_not_serve_once_it_is_promoted_is_refused(facts: dict[str, Any], code: str) -> None:
    cloud = lost_cloud()
    cloud.renewers.replica_facts |= facts
    cloud.renewers.note_replica()
    refused(failover_stage(cloud), code)


def test_replay_that_stops_while_the_lease_runs_out_is_seen_before_the_promotion() -> None:
    cloud = lost_cloud()
    stage = failover_stage(cloud)

    def pause(_now: float) -> None:
        if (cloud.table.get("writer", "lease") or {})["state"] == "taken":
            cloud.renewers.replica_facts["replay"] = "paused"

    cloud.clock.on_sleep.insert(0, pause)
    outcome = stage.run()
    assert (outcome.status, outcome.error.code) == ("undone", "replay_paused")
    lease = cloud.table.get("writer", "lease")
    assert (lease["holder"], lease["state"], lease["epoch"]) == (EAST, "open", 3)


def test_a_higher_limit_and_a_short_stall_are_no_reason() -> None:
    cloud = lost_cloud()
    cloud.renewers.replica_facts |= {"max_connections": 101, "stalled_s": 9.0}
    cloud.renewers.note_replica()
    assert failover_stage(cloud).run().status == "done"


def test_a_standby_whose_beats_say_nothing_of_it_is_judged_by_rds_alone() -> None:
    """Tasks of a version before these facts were noted."""
    cloud = lost_cloud()
    cloud.renewers.replica_facts.clear()
    del cloud.table.items["beat", f"replica#{WEST}"]
    cloud.renewers.note_replica()
    assert failover_stage(cloud).run().status == "done"


def test_a_silent_standby_makes_the_lag_unknown_which_can_be_accepted() -> None:
    cloud = lost_cloud()
    cloud.renewers.replica_facts |= {"replay": "paused"}
    cloud.renewers.note_replica()
    cloud.renewers.note_replica = lambda: None
    cloud.clock.time += 11
    refused(failover_stage(cloud), "lag_unknown")
    stage = failover_stage(cloud, lag_unknown_accepted=True)
    stage.operation_id = "op-20261123-0002"
    assert stage.run().status == "done"


@pytest.mark.parametrize(
    "change", [{"pending": ("DBInstanceClass",)}, {"parameter_groups": (("group", "pending-reboot"),)}], ids=str
)
def test_a_reboot_that_would_start_the_database_otherwise_is_refused(change: dict[str, Any]) -> None:
    cloud = lost_cloud()
    rds = cloud.regions[WEST].rds
    name = next(iter(rds.instances))
    rds.instances[name] = dataclasses.replace(rds.instances[name], **change)
    outcome = refused(failover_stage(cloud), "reboot_pending")
    assert "reboot-db-instance" in outcome.error.remedy


def test_a_lease_whose_epoch_was_lowered_is_refused() -> None:
    cloud = lost_cloud()
    cloud.table.update("beat", "primary", {"epoch": 5})
    outcome = refused(failover_stage(cloud), "epoch_lowered")
    assert outcome.error.remedy == "breiqctl lease repair"


@pytest.mark.parametrize("beat_key", ["primary", f"replica#{WEST}"])
@pytest.mark.parametrize("damaged", [{"beat_at": "x"}, {"epoch": 1.5}, {"noted_at": ""}, {"replay": 3}], ids=str)
def test_a_damaged_beat_makes_the_lag_unknown(beat_key: str, damaged: dict[str, Any]) -> None:
    cloud = lost_cloud()
    cloud.renewers.note_replica = lambda: None
    cloud.table.update("beat", beat_key, damaged)
    outcome = refused(failover_stage(cloud), "lag_unknown")
    assert "damaged" in outcome.error.message


def test_a_secret_without_a_value_in_the_recovery_region_is_refused() -> None:
    cloud = lost_cloud()
    cloud.clients(WEST).secretsmanager.empty.add(topology.secret(cloud.environment, "cache-token"))
    refused(failover_stage(cloud), "secret_missing")


@pytest.mark.parametrize("gone", [False, True])
def test_a_secret_that_was_made_again_is_refused_where_tasks_name_the_old_one(gone: bool) -> None:
    cloud = lost_cloud()
    old = (
        f"arn:aws:secretsmanager:{WEST}:123456789012:secret:{topology.secret(cloud.environment, 'cache-token')}-AbCdEf"
    )
    session = cloud.clients(WEST)
    for revision in session.ecs.revisions.values():
        revision.document["containerDefinitions"][0]["secrets"] = [{"name": "CACHE_TOKEN", "valueFrom": f"{old}:key::"}]
    session.secretsmanager.absent.add(old)
    if gone:
        session.secretsmanager.absent.add(topology.secret(cloud.environment, "cache-token"))
    outcome = refused(failover_stage(cloud), "secret_missing")
    assert old in outcome.error.message
    assert ("was made anew" in outcome.error.message) == (not gone)
    assert RENEW in outcome.error.remedy
    assert ("breiqctl local up" in outcome.error.remedy) == gone


def test_a_secret_that_cannot_be_read_is_not_said_to_be_missing() -> None:
    cloud = lost_cloud()
    cloud.clients(WEST).secretsmanager.throttled.add(topology.secret(cloud.environment, "cache-token"))
    refused(failover_stage(cloud), "secret_unread")


def test_a_lease_that_another_operation_is_moving_is_refused() -> None:
    cloud = lost_cloud()
    cloud.table.update("writer", "lease", {"state": "taken", "operation": "op-1"})
    Journal.begin(cloud.table, cloud.clock, "op-1", token=1, kind="failover", owner="ann@there:1", plan={})
    outcome = refused(failover_stage(cloud), "lease_not_open")
    assert outcome.error.remedy == "breiqctl operation resume op-1"


def test_a_lease_that_an_ended_operation_left_behind_is_refused_with_its_repair() -> None:
    cloud = lost_cloud()
    cloud.table.update("writer", "lease", {"state": "taken", "operation": "op-1"})
    assert refused(failover_stage(cloud), "lease_not_open").error.remedy == "breiqctl lease repair"
    cloud.table.update("writer", "lease", {"holder": WEST})
    with pytest.raises(BreiqError) as error:
        failover_stage(cloud)
    assert (error.value.code, error.value.remedy) == ("already_holder", "breiqctl lease repair")


def test_the_region_that_holds_the_lease_already_is_refused() -> None:
    cloud = lost_cloud()
    cloud.table.update("writer", "lease", {"holder": WEST})
    with pytest.raises(BreiqError) as error:
        failover_stage(cloud)
    assert error.value.code == "already_holder" and error.value.exit_code == 3


def test_an_idle_standby_is_scaled_first_and_back_when_undone() -> None:
    cloud = lost_cloud()
    service = cloud.regions[WEST].ecs.services["breiq-local-video-blue"]
    service.desired = 1
    stage = failover_stage(cloud)
    before = stage.snapshot()
    assert stage.run(stage.failing_at(4)).status == "undone"  # lag again
    assert stage.snapshot() == before and service.desired == 1
    assert stage.table.get("writer", "lease")["epoch"] == 3  # type: ignore[index]
    stage = failover_stage(cloud)
    stage.operation_id = "op-20261123-0002"
    assert stage.run().status == "done"
    assert service.desired == 2


def test_a_lease_that_moved_between_gates_and_take_stops_everything() -> None:
    cloud = lost_cloud()
    stage = failover_stage(cloud)

    def change(number: int, step: Any) -> Any:
        if number != 1:
            return step
        return dataclasses.replace(step, do=lambda _ctx: cloud.table.update("writer", "lease", {"epoch": 9}))

    outcome = stage.run(stage.with_steps(change))
    assert outcome.status == "undone" and outcome.error.code == "lease_moved"
    assert cloud.table.get("writer", "lease")["epoch"] == 9  # type: ignore[index]


def test_another_regions_control_plane_cannot_be_asked() -> None:
    with pytest.raises(BreiqError) as error:
        only(WEST, lambda region: region)(EAST)  # type: ignore[arg-type,return-value]
    assert error.value.code == "foreign_region"
