"""Joins the program (`infra`), the policies and the engine in process: what the estate's commands call."""

from breiqctl.stacks.applying import apply, destroy, destroy_order, drift, refuse_protected, summary_of_state, unguard
from breiqctl.stacks.judging import judge, policy_document, rules
from breiqctl.stacks.planning import Plan, plan
from breiqctl.stacks.taking import import_resource, refresh
from breiqctl.stacks.workspace import checked as choose
from breiqctl.stacks.workspace import prepare, waves
from provisioner.guards import guarded

__all__ = [
    "Plan",
    "apply",
    "choose",
    "destroy",
    "destroy_order",
    "drift",
    "guarded",
    "import_resource",
    "judge",
    "plan",
    "policy_document",
    "prepare",
    "refresh",
    "refuse_protected",
    "rules",
    "summary_of_state",
    "unguard",
    "waves",
]
