"""Joins the program (`infra`), the policies and the engine in process: what the estate's commands call."""

from stackops.applying import (
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
from stackops.planning import Plan, plan
from stackops.policy_check import judge, policy_document, rules
from stackops.taking import import_resource, refresh
from stackops.workspace import checked as choose
from stackops.workspace import prepare, waves

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
