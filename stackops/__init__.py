"""Joins the program (`infra`), the policies and the engine in process: what the estate's commands call.

Each is imported when it is first used: a command that only asks the local cloud's address does not pay for the engine.
"""

import importlib
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
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

_WHERE: Final = {
    "Plan": ("stackops.planning", "Plan"),
    "apply": ("stackops.applying", "apply"),
    "choose": ("stackops.workspace", "checked"),
    "complete_interrupted": ("stackops.applying", "complete_interrupted"),
    "destroy": ("stackops.applying", "destroy"),
    "destroy_order": ("stackops.applying", "destroy_order"),
    "drift": ("stackops.applying", "drift"),
    "import_resource": ("stackops.taking", "import_resource"),
    "judge": ("stackops.policy_check", "judge"),
    "number_held": ("stackops.applying", "number_held"),
    "plan": ("stackops.planning", "plan"),
    "policy_document": ("stackops.policy_check", "policy_document"),
    "prepare": ("stackops.workspace", "prepare"),
    "protected": ("stackops.applying", "protected"),
    "refresh": ("stackops.taking", "refresh"),
    "refuse_protected": ("stackops.applying", "refuse_protected"),
    "rules": ("stackops.policy_check", "rules"),
    "summary_of_state": ("stackops.applying", "summary_of_state"),
    "unguard": ("stackops.applying", "unguard"),
    "waves": ("stackops.workspace", "waves"),
}
"""name → (module, name there)."""


def __getattr__(name: str) -> Any:
    """Import what is asked for."""
    if name not in _WHERE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module, there = _WHERE[name]
    return getattr(importlib.import_module(module), there)


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
