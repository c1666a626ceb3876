"""What `--dry-run` shows of a plan: steps, their AWS calls, what each needs, an estimate."""

from collections.abc import Sequence
from typing import Any

from operations.step import Checked, PointOfNoReturn, Refusal, Step


def describe_plan(kind: str, steps: Sequence[Step], gates: Sequence[Checked] = ()) -> dict[str, Any]:
    """Return `breiq.steps/1`. `needs` are the control planes that a step asks: `ecs in us-west-2`.

    `refusal` is the first gate's that refuses: the operation would end with it, if it began now.
    """
    refusal = first_refusal(gates)
    return {
        "schema": "breiq.steps/1",
        "kind": kind,
        "steps": [
            {
                "name": step.name,
                "region": step.region,
                "summary": step.summary,
                "calls": list(step.calls),
                "needs": needs(step),
                "estimate_s": step.estimate_s,
                "undo": _undo(step),
            }
            for step in steps
        ],
        "estimate_s": round(sum(step.estimate_s for step in steps), 1),
        "gates": [
            {
                "name": one.name,
                "ok": None if one.unasked else one.refusal is None,
                "reason": one.refusal.reason if one.refusal else one.unasked,
            }
            for one in gates
        ],
        "refusal": None
        if refusal is None
        else {"code": refusal.code, "reason": refusal.reason, "remedy": refusal.remedy, "waiver": refusal.waiver},
    }


def first_refusal(gates: Sequence[Checked]) -> Refusal | None:
    """Return the first refusal among gates; None when all agree."""
    return next((one.refusal for one in gates if one.refusal is not None), None)


def needs(step: Step) -> list[str]:
    """Return the control planes that a step asks, sorted: `ecs in us-west-2`."""
    pairs = {(call.partition(":")[0], call.partition("@")[2]) for call in step.calls}
    return sorted(f"{service} in {region}" if region else service for service, region in pairs)


def _undo(step: Step) -> str:
    if isinstance(step.undo, PointOfNoReturn):
        return f"point of no return: {step.undo.why}"
    return "is undone" if step.undo else ""
