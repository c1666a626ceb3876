"""What a release that failed tells of its cause: in its error, its document and its report."""

import dataclasses
from typing import Any

import pytest

from aws.errors import AwsError
from breiqctl.commands.release import render_show
from breiqctl.views.failures import failure_lines
from operations.outcome import Outcome
from operations.report.write import render
from releases.document import release_document
from releases.kinds import DEPLOY
from releases.report import release_report
from releases.secrets import RENEW, SecretProblem, State, remedy_of, secret_refusal, secrets_of
from tests.unit.fakes.cloud import SECRET, FakeCloud
from tests.unit.fakes.services import EXITED
from tests.unit.operations.engine_kit import PLACE
from tests.unit.operations.saga_kit import Stage
from tests.unit.releases.stages import rollback_stage, serving_cloud, stage

NAME = "breiq-staging/database-app"
TRACEBACK = ["Traceback (most recent call last):", '  File "x.py"', "KeyError: 'bucket'"]


def run(made: Stage) -> tuple[Outcome, dict[str, Any]]:
    outcome = made.run()
    return outcome, release_document(outcome, made.observer.samples() if made.observer else [], PLACE)


def dying_cloud() -> FakeCloud:
    cloud = serving_cloud()
    cloud.dying.add("sha256:2222")
    cloud.logged["video"] = TRACEBACK
    return cloud


def test_tasks_that_keep_stopping_end_the_wait_and_say_why() -> None:
    cloud = dying_cloud()
    before, begun = cloud.snapshot(), cloud.clock.now()
    made = stage(DEPLOY, cloud, "v2")
    outcome, document = run(made)
    assert outcome.error is not None
    assert (outcome.status, outcome.error.code) == ("undone", "tasks_keep_stopping")
    assert cloud.clock.now() - begun < 60
    assert cloud.snapshot() == before
    cause = document["error"]["cause"]
    assert EXITED in cause
    assert "exit code 1" in cause
    assert "has started 1 tasks" in cause, "ECS's newest event"
    assert "KeyError: 'bucket'" in cause
    video = next(task for task in document["evidence"]["tasks"] if task["service"] == "video")
    assert (video["lines"], video["exception"]) == (TRACEBACK, "KeyError: 'bucket'")
    assert "breiqctl logs" in document["error"]["remedy"]


def test_the_text_and_the_page_have_the_log_lines_too() -> None:
    made = stage(DEPLOY, dying_cloud(), "v2")
    outcome, document = run(made)
    text = "\n".join(failure_lines(document))
    page = render(release_report(outcome, document, made.observer.samples(), PLACE))
    for shown in (text, page):
        assert "KeyError: &#39;bucket&#39;" in shown or "KeyError: 'bucket'" in shown
        assert EXITED in shown


def test_a_resume_of_an_ended_release_still_knows_the_cause() -> None:
    made = stage(DEPLOY, dying_cloud(), "v2")
    made.run()
    again = made.engine().resume(made.operation_id)
    assert again.evidence is not None
    assert "KeyError" in again.evidence.summary


@pytest.mark.parametrize(
    ("ending", "expected"),
    [
        (("TaskFailedToStart", "CannotPullContainerError: no such image", None), "push the image again"),
        (("ServiceSchedulerInitiated", "Task failed ELB health checks in (target-group x)", 0), "breiqctl logs"),
        (("ServiceSchedulerInitiated", "Task failed container health checks", 137), "breiqctl logs"),
    ],
)
def test_each_way_to_end_is_told_with_a_remedy(ending: tuple[str, str, int | None], expected: str) -> None:
    cloud = serving_cloud()
    cloud.dying.add("sha256:2222")
    cloud.ending = ending
    outcome, document = run(stage(DEPLOY, cloud, "v2"))
    assert outcome.error is not None
    assert outcome.error.code == "tasks_keep_stopping"
    assert expected in (outcome.error.remedy or "")
    assert ending[1].partition(" in (")[0] in document["reason"]


def test_a_task_that_was_told_to_stop_is_no_failure() -> None:
    cloud = serving_cloud()
    cloud.dying.add("sha256:2222")
    cloud.ending = ("ServiceSchedulerInitiated", "Scaling activity initiated by (deployment x)", 0)
    outcome, _ = run(stage(DEPLOY, cloud, "v2"))
    assert outcome.error is not None
    assert outcome.error.code == "deadline"


@pytest.mark.parametrize("name", ["migrate", "smoke"])
def test_a_one_off_task_that_failed_shows_its_last_lines(name: str) -> None:
    cloud = serving_cloud()
    cloud.failing_tasks.add("sha256:2222")
    cloud.logged[name] = [f"{name}: /api/videos/health: status 500"]
    outcome, document = run(stage(DEPLOY, cloud, "v2", migrate=name == "migrate"))
    assert outcome.error is not None
    assert outcome.error.code == f"{name}_failed"
    assert f"{name}: /api/videos/health: status 500" in document["reason"]
    assert f"breiqctl logs {name}" in (outcome.error.remedy or "")


def test_failed_requests_are_shown_with_what_the_new_tasks_logged() -> None:
    cloud = serving_cloud()
    cloud.failing.add("sha256:2222")
    cloud.logged["gateway"] = TRACEBACK
    outcome, document = run(stage(DEPLOY, cloud, "v2"))
    assert outcome.error is not None
    assert outcome.error.code == "bad_version"
    assert "KeyError: 'bucket'" in (outcome.error.cause or "")
    first = document["failed_requests"][0]
    assert (first["status"], first["region"], first["service"], first["colour"]) == (
        500,
        "us-east-1",
        "gateway",
        "green",
    )
    assert first["path"].startswith("/api/videos")
    assert len(document["failed_requests"]) == 5
    assert "GET /api/videos" in "\n".join(failure_lines(document))


def test_a_log_that_cannot_be_read_does_not_hide_the_failure() -> None:
    cloud = dying_cloud()

    def events(*_arguments: object, **_more: object) -> None:
        raise AwsError("denied", "permanent", "not allowed", call="logs:FilterLogEvents", region="us-west-2")

    for session in cloud.regions.values():
        session.logs.events = events  # type: ignore[method-assign,assignment]
    outcome, document = run(stage(DEPLOY, cloud, "v2"))
    assert outcome.status == "undone"
    assert "not allowed" in str(document["evidence"])


def test_an_explanation_that_breaks_does_not_hide_the_failure() -> None:
    cloud = dying_cloud()
    made = stage(DEPLOY, cloud, "v2")

    def broken(*_: object) -> None:
        raise ZeroDivisionError("oh")

    kind = made.with_steps(lambda _n, step: dataclasses.replace(step, explain=broken))
    outcome = made.run(kind)
    assert outcome.error is not None
    assert (outcome.status, outcome.error.code) == ("undone", "tasks_keep_stopping")
    assert outcome.evidence is not None
    assert "ZeroDivisionError" in (outcome.evidence.note or "")


# Secrets


def test_a_secret_that_was_made_anew_is_told_from_one_that_is_gone() -> None:
    cloud = serving_cloud()
    cloud.regions["us-west-2"].secretsmanager.absent.add(SECRET)
    refusal = secret_refusal(cloud.clients, regions_of(cloud))
    assert refusal is not None
    assert "was made anew" in refusal.reason


def regions_of(cloud: FakeCloud) -> list[Any]:
    return list(stage(DEPLOY, cloud, "v2").facts.regions.values())


@pytest.mark.parametrize("made", [lambda cloud: stage(DEPLOY, cloud, "v2"), None], ids=["deploy", "rollback"])
@pytest.mark.parametrize("how", ["absent", "empty"])
def test_a_secret_that_is_gone_refuses_before_anything_changes(made: Any, how: str) -> None:
    begun = made(serving_cloud()) if made else rollback_stage()
    cloud = begun.cloud
    getattr(cloud.regions["us-west-2"].secretsmanager, how).update({SECRET, NAME})
    before = cloud.snapshot()
    outcome = begun.run()
    assert (outcome.status, outcome.exit_code) == ("refused", 3)
    assert outcome.error is not None
    assert outcome.error.code == "secret_missing"
    assert "breiq-staging/database-app in us-west-2" in outcome.error.message
    assert cloud.snapshot() == before


def test_secrets_that_are_there_refuse_nothing() -> None:
    cloud = serving_cloud()
    assert secret_refusal(cloud.clients, regions_of(cloud), migrate=True) is None


def test_the_secrets_of_a_definition_are_named_once_and_without_their_keys() -> None:
    secrets = [
        {"name": "A", "valueFrom": f"{SECRET}:password::"},
        {"name": "B", "valueFrom": f"{SECRET}:user::"},
        {"name": "C", "valueFrom": "by-name"},
    ]
    assert secrets_of({"containerDefinitions": [{"name": "x", "secrets": secrets}, {"name": "y"}]}) == [
        SECRET,
        "by-name",
    ]


R1, R2 = "us-east-1", "us-west-2"


def problem(name: str, region: str, state: State = "missing") -> SecretProblem:
    return SecretProblem(region=region, name=name, state=state, users=["video"])


@pytest.mark.parametrize(
    ("found", "words"),
    [
        ([problem("breiq-staging/a", R1, "deleting")], ["restore-secret --region us-east-1"]),
        ([problem("breiq-staging/a", R2)], ["replicate-secret-to-regions --region us-east-1", "Region=us-west-2"]),
        (
            [problem("breiq-staging/a", R2), problem("breiq-staging/a", R1, "deleting")],
            ["restore-secret --region us-east-1", "replicate-secret-to-regions --region us-east-1"],
        ),
        (
            [problem("breiq-staging/a", R1), problem("breiq-staging/a", R2)],
            ["create-secret", "breiqctl estate up", "--migrate"],
        ),
        ([problem("breiq-local/a", R2)], ["breiqctl local up"]),
        ([problem("breiq-local/a", R2, "replaced")], ["breiqctl estate up", "breiqctl deploy --blue-green IMAGE"]),
        (
            [problem("breiq-local/a", R1, "replaced"), problem("breiq-local/a", R2)],
            ["breiqctl local up makes its replica again", RENEW],
        ),
        (
            [problem("breiq-staging/a", R1, "replaced"), problem("breiq-staging/a", R2)],
            ["replicate-secret-to-regions --region us-east-1", "Region=us-west-2", RENEW],
        ),
        ([problem("breiq-staging/a", R1, "replaced")], [RENEW]),
        ([problem("breiq-local/a", R1), problem("breiq-local/a", R2)], ["breiqctl local up", "--migrate"]),
    ],
)
def test_the_remedy_is_what_brings_the_secret_back(found: list[SecretProblem], words: list[str]) -> None:
    remedy = remedy_of(found, [R1, R2])
    replaced = any(one.state == "replaced" for one in found)
    assert not (replaced and "with a new value" in remedy), "whether its value was kept is not known"
    positions = [remedy.index(word) for word in words]
    assert positions == sorted(positions)


# What the sentences say


def test_a_bad_baseline_is_not_said_to_serve_again() -> None:
    cloud = serving_cloud()
    cloud.failing.add("sha256:1111")
    _, document = run(stage(DEPLOY, cloud, "v2"))
    assert document["verdict"] == "rolled_back"
    assert document["traffic_moved"] is False
    assert "serves again" not in document["reason"]


def test_traffic_that_was_moved_is_said_to_be_back() -> None:
    cloud = serving_cloud()
    cloud.failing.add("sha256:2222")
    _, document = run(stage(DEPLOY, cloud, "v2"))
    assert document["traffic_moved"] is True
    assert "the previous version serves again" in document["reason"]


def test_the_report_marks_the_end_of_the_rollback_where_its_card_counts_to() -> None:
    cloud = serving_cloud()
    cloud.failing.add("sha256:2222")
    made = stage(DEPLOY, cloud, "v2")
    outcome, document = run(made)
    report = release_report(outcome, document, made.observer.samples(), PLACE)
    marks = {mark.name: mark.at for mark in report.chapters[0].marks}
    counted = marks["old version everywhere"] - marks["verdict: back"]
    assert counted == pytest.approx(document["rollback_s"], abs=0.001)
    card = next(figure for figure in report.figures if figure.name == "Requests failed")
    assert int(card.value) == sum(not one.ok for one in report.chapters[0].samples) == document["requests"]["failed"]


def test_the_table_of_versions_fits_80_columns() -> None:
    colour = {"image": f"{'t' * 60}@sha256:{'0' * 64}", "desired": 10, "released": True}
    service = {"live": "blue", "blue": colour, "green": {**colour, "image": "sha256:" + "1" * 64}}
    text = render_show({"regions": {"us-east-1": {"notification": service}}})
    assert max(map(len, text.splitlines())) <= 80
