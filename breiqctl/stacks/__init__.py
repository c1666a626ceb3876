"""Joins the program (`infra`), the policies and the engine in process: what the estate's commands call."""

from breiqctl.stacks.applying import (
    apply,
    complete_interrupted,
    destroy,
    destroy_order,
    drift,
    number_held,
    protected,
    refuse_protected,
    summary_of_state,
    unguard,
)
from breiqctl.stacks.judging import judge, policy_document, rules
from breiqctl.stacks.planning import Plan, plan
from breiqctl.stacks.taking import import_resource, refresh
from breiqctl.stacks.workspace import checked as choose
from breiqctl.stacks.workspace import prepare, waves

__all__ = [
    "Plan",
    "apply",
    "choose",
    "complete_interrupted",
    "destroy",
    "destroy_order",
    "drift",
    "import_resource",
    "judge",
    "number_held",
    "plan",
    "policy_document",
    "prepare",
    "protected",
    "refresh",
    "refuse_protected",
    "rules",
    "summary_of_state",
    "unguard",
    "waves",
]
