"""Records of resources as the state holds them: made of a goal, and of what AWS said. Pure."""

from collections.abc import Sequence
from dataclasses import replace

from provisioner.decide.properties import created_outputs
from provisioner.goal import Goal
from provisioner.handlers.common.base import Handler, Properties
from provisioner.state.state import Resource, now
from provisioner.values import has_secret, plain


def with_values(resource: Resource, values: Properties) -> Resource:
    """Return the resource with other inputs, and outputs of the same names."""
    shown = {name: value for name, value in values.items() if name in resource.outputs}
    inputs, outputs = {**resource.inputs, **values}, {**resource.outputs, **shown}
    return replace(resource, inputs=inputs, outputs=outputs, modified=now())


def record(
    goal: Goal, resource_id: str = "", outputs: Properties | None = None, old: Resource | None = None
) -> Resource:
    """Return the resource as the state holds it. `old` is the record of the same thing, if there is one."""
    time_now = now()
    return Resource(
        urn=goal.urn,
        type=goal.type,
        custom=goal.custom,
        id=resource_id,
        parent=goal.parent,
        provider=goal.provider,
        protect=goal.protect,
        retain_on_delete=goal.retain_on_delete,
        deleted_with=goal.deleted_with,
        import_id=goal.import_id or (old.import_id if old else ""),
        inputs=goal.inputs,
        outputs=outputs or {},
        dependencies=goal.dependencies,
        property_dependencies=goal.property_dependencies,
        additional_secret_outputs=goal.additional_secret_outputs,
        ignore_changes=goal.ignore_changes,
        replace_on_changes=goal.replace_on_changes,
        timeouts=dict(goal.timeouts),
        source_position=goal.source,
        created=old.created if old else time_now,
        modified=time_now,
    )


def concealed(outputs: Properties, inputs: Properties, what: Goal | Resource, handler: Handler) -> Properties:
    """Return the outputs, those secret that the handler, the program or a secret input says, without what is None."""
    hidden = {name for name, value in inputs.items() if has_secret(value)}
    return created_outputs({}, outputs, {*hidden, *handler.secret_outputs, *what.additional_secret_outputs})


def is_same(old: Resource, resource_id: str, outputs: Properties) -> bool:
    """Say whether what was found is the old one: two revisions of a task definition have one id, not one ARN."""
    return old.id == resource_id and plain(old.outputs).get("arn") == outputs.get("arn")


def tag_changes(goal: Goal, before: Sequence[Resource]) -> tuple[dict[str, str], list[str]]:
    """Return the tags to be set, which differ from any of the records before, and those to be removed."""
    wanted: dict[str, str] = plain(goal.inputs.get("tagsAll") or {})
    olds: list[dict[str, str]] = [plain(one.inputs.get("tagsAll") or {}) for one in before]
    changed = {name: text for name, text in wanted.items() if any(old.get(name) != text for old in olds)}
    return changed, sorted({name for old in olds for name in old} - wanted.keys())
