"""What the policies say of a plan."""

from datetime import UTC, date, datetime
from typing import Any

from estate.errors import BreiqError
from policies.evaluate import Report, evaluate
from policies.exceptions import ExceptionsError, Exemption, read_exemptions
from policies.rule import RULES, Subject
from review.plan import PlanDocument, PlannedResource


def judge(document: PlanDocument, today: date | None = None) -> Report:
    """Return what breaks which rule in the plan; what would be deleted is not judged. Exceptions hold as of `today`.

    Raises BreiqError `bad_exceptions` (usage) when their file is wrong.
    """
    subjects = [_subject(one) for one in document.resources if one.in_cloud and one.action != "delete"]
    whole = {"foundation", "edge", *document.regions} <= {one.part for one in document.resources}
    return evaluate(
        subjects, _exemptions(), today or datetime.now(UTC).date(), whole=whole and len(document.regions) > 1
    )


def _exemptions() -> tuple[Exemption, ...]:
    try:
        return read_exemptions()
    except ExceptionsError as error:
        raise BreiqError(
            "bad_exceptions",
            "usage",
            str(error),
            remedy="fix policies/exceptions.yaml: each has rule, resource, reason, owner, expires",
        ) from error


def _subject(one: PlannedResource) -> Subject:
    tags = one.inputs.get("tagsAll") or one.inputs.get("tags") or {}
    return Subject(
        type=one.type,
        name=one.name,
        props=one.inputs,
        urn=one.urn,
        stack=one.stack,
        region=one.region,
        tags=tags if isinstance(tags, dict) else {},
        protect=one.protect,
        source=one.source,
    )


def rules() -> list[dict[str, Any]]:
    """Return all rules: id, level, scope, what must hold, why, and the controls they stand for."""
    return [
        {
            "id": rule.id,
            "level": str(rule.level),
            "scope": str(rule.scope),
            "title": rule.title,
            "reason": rule.reason,
            "controls": list(rule.controls),
        }
        for rule in RULES.values()
    ]


def policy_document(report: Report) -> dict[str, Any]:
    """Return what the policies found."""
    return {
        "schema": "breiq.policy/1",
        "rules": report.rules,
        "subjects": report.subjects,
        "mandatory": report.mandatory,
        "advisory": report.advisory,
        "excused": sum(one.exemption is not None for one in report.violations),
        "findings": [
            {
                "rule": one.rule,
                "title": one.title,
                "level": str(one.level),
                "stack": one.stack,
                "resource": one.resource,
                "type": one.type,
                "source": one.source,
                "problem": one.problem,
                "reason": one.reason,
                "controls": list(one.controls),
            }
            for one in report.violations
            if one.exemption is None
        ],
        "expired": [_exemption(one) for one in report.expired],
        "unused": [_exemption(one) for one in report.unused],
    }


def _exemption(one: Exemption) -> dict[str, Any]:
    return {
        "rule": one.rule,
        "resource": one.resource,
        "reason": one.reason,
        "owner": one.owner,
        "expires": one.expires,
    }
