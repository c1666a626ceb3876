"""The estate's plans as people read them."""

from typing import Any

from breiqctl.views import estate


def change(resource: str, **more: Any) -> dict[str, Any]:
    return {
        "resource": resource,
        "type": "aws:rds/instance:Instance",
        "urn": f"urn:{resource}",
        "component": "database",
        "component_type": "Database",
        "changed": [],
        "because": [],
        "source": "components/data/database.py:1",
        **more,
    }


def stack(**changes: Any) -> dict[str, Any]:
    empty: dict[str, Any] = {word: [] for word in ("create", "import", "update", "replace", "delete")}
    return {"resources": 1, "changes": {**empty, "same": 0, **changes}}


def document(stacks: dict[str, Any], **more: Any) -> dict[str, Any]:
    finding = {
        "rule": "ENC-1",
        "title": "Encrypted",
        "level": "mandatory",
        "stack": "s",
        "resource": "db",
        "type": "t",
        "source": "f:1",
        "problem": "it is not",
        "reason": "it must be",
        "controls": ["c"],
    }
    policy = {
        "rules": 58,
        "subjects": 2,
        "mandatory": 4,
        "advisory": 0,
        "excused": 1,
        "findings": [{**finding, "resource": f"db{n}"} for n in range(4)],
        "expired": [],
        "unused": [],
    }
    cost = {"monthly_usd": 1234.5, "known_ratio": 0.98, "prices_of": "2026-11-23"}
    return {"stacks": stacks, "policy": policy, "cost": cost, "warnings": ["a: b. c"], "duration_s": 1.2, **more}


def test_what_is_new_is_shown_by_component() -> None:
    text = estate.plan_text(document({"s": stack(create=[change("a"), change("b")])}), verbose=False)
    assert "s: Database (2)" in text
    assert "2 to create" in text
    assert "note: a: b. c" in text
    assert "$1,234 a month" in text


def test_what_changes_is_shown_with_its_properties_and_why() -> None:
    stacks = {
        "s": stack(
            update=[change("a", changed=["iops"])],
            replace=[change("b", changed=["engine"], because=["engine"])],
            delete=[change("c")],
            same=7,
        )
    }
    text = estate.plan_text(document(stacks), verbose=False)
    assert "1 to REPLACE, 1 to DELETE, 1 to update, 7 unchanged" in text
    assert "~ s  Instance a: iops" in text
    assert "± s  Instance b: engine (because of engine)" in text
    assert "- s  Instance c" in text


def test_nothing_to_do_is_said_so() -> None:
    assert estate.counts(stack(same=7)["changes"]) == "nothing to do (7 unchanged)"


def test_long_lists_are_cut_and_say_so() -> None:
    many = [change(f"r{n}", changed=["x"]) for n in range(60)]
    text = estate.plan_text(document({"s": stack(update=many)}), verbose=False)
    assert "and 20 more" in text
    assert "r59" in estate.plan_text(document({"s": stack(update=many)}), verbose=True)


def test_what_is_replaced_or_deleted_comes_first_and_is_never_cut_away() -> None:
    new, old = [change(f"n{n}") for n in range(588)], [change(f"o{n}") for n in range(45)]
    stacks = {"a": stack(create=new), "b": stack(create=new, delete=old, replace=[change("db", because=["engine"])])}
    lines = estate.plan_text(document(stacks), verbose=False).splitlines()
    listed = [line for line in lines if line.startswith("  ") and " Instance " in line]
    assert listed[0].startswith("  ± b  Instance db")
    assert [line[2] for line in listed[1:46]] == ["-"] * 45
    assert {line[2] for line in listed[46:]} == {"+"}
    assert "  … and 1136 more, none of which replaces or deletes: -v lists them all" in lines


def test_what_was_found_otherwise_is_told() -> None:
    found = [{"path": "size", "applied": 1, "found": 9}]
    stacks = {
        "s": {
            **stack(create=[change("gone", missing=True)], update=[change("a", changed=["size"], found=found)], same=1),
            "kept": [change("b", found=found)],
            "first": ["a has port 80, which b is to have: a has a free one in between"],
        }
    }
    text = estate.plan_text(document(stacks), verbose=False)
    assert "+ s  Instance gone (it existed, and was deleted)" in text
    assert "~ s  Instance a: size [size 1 was changed to 9]" in text
    assert "! s  Instance b [size 1 was changed to 9]: kept" in text
    assert "first, s: a has port 80" in text


def test_a_rule_that_many_break_is_shown_once() -> None:
    text = estate.policy_text(document({})["policy"])
    assert text.count("ENC-1") == 1
    assert "and 1 more" in text


def test_the_comment_of_a_pull_request_holds_all_three() -> None:
    text = estate.plan_markdown("staging", document({"s": stack(same=3)}))
    assert text.startswith("## Estate plan: staging")
    assert "| s | 1 | nothing to do (3 unchanged) |" in text
    assert "58 rules" in text
    assert "$1,234" in text
