"""What the estate's commands print with `--json`: plan, policies, cost and drift as documents."""

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from breiqctl.context import Context, wrong_file
from estate.errors import BreiqError

if TYPE_CHECKING:
    from review.report import CostReport
    from stackops import Plan


def make_plan(
    context: Context,
    *,
    state: Path | None = None,
    stack_names: Sequence[str] | None = None,
    targets: Sequence[str] = (),
    keep_drift: bool = False,
) -> "Plan":
    """Return the plan of the environment's stacks, all four or those named.

    Against the running local cloud; else a folder of exported states (`<stack>.json`); else as if nothing stood.
    """
    import stackops
    from stackops import local_socket

    up = local_socket.running() if context.is_local and state is None else None
    if up:
        return stackops.plan(
            context.environment,
            endpoint_url=up["endpoints"]["aws"],
            state_dir=local_socket.state_dir(),
            stack_names=stack_names,
            targets=targets,
            keep_drift=keep_drift,
        )
    if state is not None and not state.is_dir():
        raise BreiqError("no_state", "usage", f"{state} is not a folder", remedy="give a folder of <stack>.json files")
    with tempfile.TemporaryDirectory() as empty:
        return stackops.plan(
            context.environment,
            endpoint_url=None,
            state_dir=state or Path(empty),
            stack_names=stack_names,
            targets=targets,
        )


def offline_plan(environment_name: str) -> "Plan":
    """Return the plan of an environment as if nothing stood, asking nobody. Raises BreiqError: its file is wrong."""
    import stackops

    with tempfile.TemporaryDirectory() as empty:
        return stackops.plan(Context(environment_name).environment, endpoint_url=None, state_dir=Path(empty))


def plan_document(context: Context, plan: "Plan") -> dict[str, Any]:
    """Return `breiq.plan/1`: what would change, what the policies say, what a month costs (null without usage)."""
    from estate.config.warnings import warnings
    from estate.files import COPY_USAGE, has_usage
    from stackops import judge, policy_document

    cost = cost_of(context, plan) if has_usage(context.environment_name) else None
    notes = [f"{one.key}: {one.message}. {one.remedy}" for one in warnings(context.environment)]
    if cost is None:
        notes.append(f"stacks/usage/{context.environment_name}.yaml: there is none, so no cost. {COPY_USAGE}")
    return {
        "schema": "breiq.plan/1",
        "environment": context.environment_name,
        "stacks": plan.summary(),
        "policy": policy_document(judge(plan.document)),
        "monthly_cost_usd": round(cost.monthly_usd, 2) if cost else None,
        "cost": {
            "monthly_usd": round(cost.monthly_usd, 2),
            "known_ratio": cost.coverage.known_ratio,
            "prices_of": cost.prices.published,
        }
        if cost
        else None,
        "warnings": notes,
        "duration_s": plan.duration_s,
    }


def cost_of(context: Context, plan: "Plan") -> "CostReport":
    """Return what a month of the planned estate costs, by the environment's usage assumptions.

    Raises BreiqError `bad_usage` (usage) when there are none, or they are wrong.
    """
    from estate.config import ConfigError
    from estate.files import read_usage
    from review.cost import cost
    from review.prices import PriceTable
    from review.usage import parse_usage

    try:
        document, file = read_usage(context.environment_name)
        usage = parse_usage(document.data, file=file, line_of=document.line_of, environment=context.environment_name)
    except ConfigError as error:
        raise wrong_file("bad_usage", error) from error
    return cost(plan.document, usage, PriceTable())
