"""Joins the program (`infra`), the policies and the engine in process: what the estate's commands call."""

from breiqctl.stacks.applying import apply, destroy, destroy_order, drift, summary_of_state
from breiqctl.stacks.judging import judge, policy_document, rules
from breiqctl.stacks.planning import Plan, plan
from breiqctl.stacks.workspace import checked as choose
from breiqctl.stacks.workspace import prepare, waves

__all__ = [
    "Plan",
    "apply",
    "choose",
    "destroy",
    "destroy_order",
    "drift",
    "judge",
    "plan",
    "policy_document",
    "prepare",
    "rules",
    "summary_of_state",
    "waves",
]
