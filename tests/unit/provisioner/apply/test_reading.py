"""A run begins from what AWS has: what is gone is made again, what was changed is changed back, or kept."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pulumi
import pytest

from provisioner.decide.compare import Difference
from provisioner.errors import InputsError, ResourceFailedError
from tests.unit.provisioner.kit import Cloud, Thing, deployment, options, provider, resource, workspace

Program = Callable[[], None]


def things(size: int = 1, colour: str = "red", **opts: Any) -> Program:
    def program() -> None:
        east = provider(defaultTags={"tags": {"Project": "p"}})
        first = Thing("first", options(provider=east, **opts), size=size, colour=colour, tags={"Owner": "me"})
        Thing("second", options(provider=east), of=first.arn)

    return program


def applied(folder: Path, program: Program | None = None) -> Cloud:
    cloud = Cloud()
    workspace(folder, cloud).apply("dev", program or things(), {})
    cloud.calls.clear()
    return cloud


def test_what_is_gone_is_made_again_and_the_plan_says_so(tmp_path: Path) -> None:
    cloud = applied(tmp_path)
    del cloud.things["first"]
    before = (tmp_path / "dev.json").read_bytes()

    plan = workspace(tmp_path, cloud).plan("dev", things(), {})

    told = {one.name: (one.action, one.missing) for one in plan.planned if one.in_cloud}
    assert told == {"first": ("create", True), "second": ("update", False)}
    assert (tmp_path / "dev.json").read_bytes() == before
    result = workspace(tmp_path, cloud).apply("dev", things(), {})
    assert (result.created, result.updated, result.unchanged) == (1, 0, 1)  # its ARN is what it was
    assert cloud.writes == ["create first in us-east-1"]
    assert workspace(tmp_path, cloud).plan("dev", things(), {}).changes.nothing


def test_what_is_gone_and_wanted_no_more_was_not_deleted_by_us(tmp_path: Path) -> None:
    cloud = applied(tmp_path)
    cloud.things.clear()
    assert workspace(tmp_path, cloud).plan("dev", lambda: None, {}).changes.count == 0
    assert workspace(tmp_path, cloud).apply("dev", lambda: None, {}).deleted == 0
    assert cloud.writes == []
    assert [one["type"] for one in deployment(tmp_path)["resources"]] == ["pulumi:pulumi:Stack"]


def test_what_was_changed_is_shown_and_changed_back(tmp_path: Path) -> None:
    cloud = applied(tmp_path)
    cloud.things["first"].update(size=9)
    cloud.things["first"]["tagsAll"].update(Owner="you")

    plan = workspace(tmp_path, cloud).plan("dev", things(), {})

    (first,) = [one for one in plan.planned if one.name == "first"]
    assert (first.action, first.kept) == ("update", False)
    assert first.found == (Difference("size", 1, 9), Difference("tags.Owner", "me", "you"))
    assert workspace(tmp_path, cloud).apply("dev", things(), {}).updated == 1
    assert cloud.writes == ["update first size", "retag first +Owner -"]
    assert (cloud.things["first"]["size"], cloud.things["first"]["tagsAll"]["Owner"]) == (1, "me")


def test_what_was_changed_to_what_the_program_wants_now_is_left_alone(tmp_path: Path) -> None:
    cloud = applied(tmp_path)
    cloud.things["first"].update(size=9)
    result = workspace(tmp_path, cloud).apply("dev", things(size=9), {})
    assert (result.updated, result.unchanged, cloud.writes) == (0, 2, [])
    assert resource(tmp_path, "first")["inputs"]["size"] == 9
    assert workspace(tmp_path, cloud).drift("dev") == ()


def test_what_was_changed_stays_when_that_is_asked_for_again_and_again(tmp_path: Path) -> None:
    cloud = applied(tmp_path)
    cloud.things["first"].update(size=9)
    cloud.things["first"]["tagsAll"].update(Owner="you")
    for _ in range(2):
        (first,) = [
            one
            for one in workspace(tmp_path, cloud).plan("dev", things(), {}, keep_drift=True).planned
            if one.name == "first"
        ]
        assert (first.action, first.kept, len(first.found)) == ("same", True, 2)
        result = workspace(tmp_path, cloud).apply("dev", things(), {}, keep_drift=True)
        assert (result.updated, result.unchanged, cloud.writes) == (0, 2, [])
    assert [one.path for drift in workspace(tmp_path, cloud).drift("dev") for one in drift.properties] == [
        "size",
        "tags.Owner",
    ]


def test_what_is_gone_is_made_again_even_where_changes_are_kept(tmp_path: Path) -> None:
    cloud = applied(tmp_path)
    del cloud.things["second"]
    assert workspace(tmp_path, cloud).apply("dev", things(), {}, keep_drift=True).created == 1


def test_an_update_of_something_else_keeps_what_is_to_be_kept(tmp_path: Path) -> None:
    """Many of AWS's calls take a resource whole."""
    cloud = applied(tmp_path)
    cloud.things["first"].update(size=9)
    sent: list[dict[str, Any]] = []
    update = cloud.update
    cloud.update = lambda *args: (sent.append(args[3]), update(*args))[1]  # type: ignore[method-assign]

    workspace(tmp_path, cloud).apply("dev", things(colour="blue"), {}, keep_drift=True)

    assert [(one["size"], one["colour"]) for one in sent] == [(9, "blue")]
    assert workspace(tmp_path, cloud).drift("dev")[0].properties == (Difference("size", 1, 9),)
    workspace(tmp_path, cloud).apply("dev", things(colour="blue", size=3), {}, keep_drift=True)
    assert cloud.things["first"]["size"] == 3  # the program's own change is none that is kept


def test_a_failed_correction_is_tried_again(tmp_path: Path) -> None:
    cloud = applied(tmp_path)
    cloud.things["first"].update(size=9)
    cloud.fail = {"first"}
    with pytest.raises(ResourceFailedError):
        workspace(tmp_path, cloud).apply("dev", things(), {})
    assert resource(tmp_path, "first")["inputs"]["size"] == 1
    assert workspace(tmp_path, cloud).drift("dev")[0].properties == (Difference("size", 1, 9),)
    cloud.fail.clear()
    assert workspace(tmp_path, cloud).apply("dev", things(), {}).updated == 1
    assert cloud.things["first"]["size"] == 1


def test_ignored_properties_are_neither_read_nor_changed(tmp_path: Path) -> None:
    cloud = applied(tmp_path, things(ignore_changes=["size"]))
    cloud.things["first"].update(size=9)
    assert workspace(tmp_path, cloud).apply("dev", things(ignore_changes=["size"]), {}).unchanged == 2
    assert cloud.writes == []


def test_what_cannot_be_read_is_not_decided_upon(tmp_path: Path) -> None:
    cloud = applied(tmp_path)
    before = (tmp_path / "dev.json").read_bytes()

    def read(*_: Any) -> Any:
        raise ValueError("throttled")

    cloud.read = read  # type: ignore[method-assign]
    for go in (workspace(tmp_path, cloud).plan, workspace(tmp_path, cloud).apply):
        with pytest.raises(ResourceFailedError, match="throttled"):
            go("dev", things(size=2), {})
    assert cloud.writes == []
    assert (tmp_path / "dev.json").read_bytes() == before


def test_only_targets_are_read(tmp_path: Path) -> None:
    cloud = applied(tmp_path)
    cloud.things["first"].update(size=9)
    del cloud.things["second"]
    cloud.calls.clear()
    plan = workspace(tmp_path, cloud).plan("dev", things(), {}, targets=[resource(tmp_path, "second")["urn"]])
    assert cloud.calls == ["read second"]
    assert {one.name: one.action for one in plan.planned if one.in_cloud} == {"first": "same", "second": "create"}


def test_what_no_update_can_change_back_is_refused_in_the_plan(tmp_path: Path) -> None:
    """To make something again only because it was changed outside may lose what it holds."""
    cloud = applied(tmp_path, kinds("a"))
    cloud.things["first"].update(kind="b")
    with pytest.raises(InputsError, match=r"kind is 'b', not 'a'.*--keep-drift"):
        workspace(tmp_path, cloud).plan("dev", kinds("a"), {})
    assert workspace(tmp_path, cloud).apply("dev", kinds("a"), {}, keep_drift=True).unchanged == 1
    assert workspace(tmp_path, cloud).apply("dev", kinds("c"), {}).replaced == 1


def kinds(kind: str) -> Program:
    return lambda: _thing(kind=kind)


def _thing(**properties: Any) -> None:
    Thing("first", options(provider=provider()), **properties)


@pytest.mark.parametrize(("reached", "expected"), [(True, (1, 0)), (False, (0, 1))])
def test_an_interrupted_update_is_told_as_what_is_done_now(
    tmp_path: Path, *, reached: bool, expected: tuple[int, int]
) -> None:
    """Killed during an update; AWS had heard of it, or had not. Only in the second case is there anything to do."""
    cloud = applied(tmp_path, lambda: _thing(size=1))
    cloud.killed = {"first"}
    with pytest.raises(KeyboardInterrupt):
        workspace(tmp_path, cloud).apply("dev", lambda: _thing(size=2), {})
    if not reached:
        cloud.things["first"]["size"] = 1
    cloud.calls.clear()

    result = workspace(tmp_path, cloud).apply("dev", lambda: _thing(size=2), {})

    assert (result.unchanged, result.updated) == expected
    assert cloud.writes == ([] if reached else ["update first size"])
    assert deployment(tmp_path)["pending_operations"] == []
    assert cloud.things["first"]["size"] == 2


def test_an_interrupted_update_of_what_cannot_be_read_is_repeated(tmp_path: Path) -> None:
    cloud = applied(tmp_path, lambda: _thing(word=pulumi.Output.secret("a")))
    cloud.killed = {"first"}
    with pytest.raises(KeyboardInterrupt):
        workspace(tmp_path, cloud).apply("dev", lambda: _thing(word=pulumi.Output.secret("b")), {})
    cloud.calls.clear()
    assert workspace(tmp_path, cloud).apply("dev", lambda: _thing(word=pulumi.Output.secret("a")), {}).updated == 1
    assert set(cloud.writes) == {"update first word"}
    assert cloud.things["first"]["word"] == "a"


def test_what_aws_is_deleting_is_waited_for_and_made_again(tmp_path: Path) -> None:
    cloud = applied(tmp_path, lambda: _thing(size=1))
    cloud.things["first"]["status"] = "deleting"
    plan = workspace(tmp_path, cloud).plan("dev", lambda: _thing(size=1), {})
    assert [one.action for one in plan.planned if one.in_cloud] == ["replace"]
    assert workspace(tmp_path, cloud).apply("dev", lambda: _thing(size=1), {}).replaced == 1
    assert cloud.writes == ["delete first", "create first in us-east-1"]
    assert "status" not in cloud.things["first"]


def test_no_secret_is_shown_in_a_plan(tmp_path: Path) -> None:
    cloud = applied(tmp_path, lambda: _thing(word=pulumi.Output.secret("hunter2"), size=1))
    cloud.things["first"].update(word="other", size=2)
    plan = workspace(tmp_path, cloud).plan("dev", lambda: _thing(word="hunter2", size=1), {})
    assert "other" not in str(plan)


def test_a_plan_refuses_what_aws_would_refuse_and_the_file_put_back_goes(tmp_path: Path) -> None:
    cloud = applied(tmp_path, lambda: _thing(size=20))

    def refusal(old: dict[str, Any], new: dict[str, Any], _changed: frozenset[str]) -> str | None:
        return "size: it never shrinks" if new["size"] < old["size"] else None

    cloud.refusal = refusal  # type: ignore[method-assign]
    for go in (workspace(tmp_path, cloud).plan, workspace(tmp_path, cloud).apply):
        with pytest.raises(InputsError, match="never shrinks"):
            go("dev", lambda: _thing(size=5), {})
    assert cloud.writes == []
    assert workspace(tmp_path, cloud).apply("dev", lambda: _thing(size=20), {}).unchanged == 1
    cloud.things["first"]["size"] = 40
    with pytest.raises(InputsError, match="never shrinks"):
        workspace(tmp_path, cloud).plan("dev", lambda: _thing(size=20), {})
    assert workspace(tmp_path, cloud).apply("dev", lambda: _thing(size=20), {}, keep_drift=True).unchanged == 1
