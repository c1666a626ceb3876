"""The same rules as Pulumi's engine takes them: imported by `__main__` alone, because a pack starts a server."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

import msgspec
from pulumi_policy import (
    EnforcementLevel,
    PolicyPack,
    ReportViolation,
    ResourceValidationArgs,
    ResourceValidationPolicy,
    StackValidationArgs,
    StackValidationPolicy,
)
from pulumi_policy.proxy import UnknownValueError

import policies.rules  # noqa: F401 - registers them
from policies.exceptions import Exemption, read_exemptions
from policies.rule import RULES, UNKNOWN, Level, Rule, Scope, Subject

NAME: Final = "breiq"
LEVELS: Final = {Level.MANDATORY: EnforcementLevel.MANDATORY, Level.ADVISORY: EnforcementLevel.ADVISORY}


def build_pack() -> PolicyPack:
    """Construct the pack, which serves until the engine ends it. Environment rules see all stacks: not in it."""
    exemptions = read_exemptions()
    scopes = {Scope.RESOURCE: _resource_policy, Scope.STACK: _stack_policy}
    return PolicyPack(
        name=NAME,
        policies=[scopes[rule.scope](rule, exemptions) for rule in RULES.values() if rule.scope in scopes],
    )


def _resource_policy(rule: Rule, exemptions: tuple[Exemption, ...]) -> ResourceValidationPolicy:
    def validate(args: ResourceValidationArgs, report: ReportViolation) -> None:
        _judge(rule, [subject_of(args)], exemptions, lambda _, problem: report(problem, None))

    return ResourceValidationPolicy(
        name=rule.id.lower(), description=_description(rule), enforcement_level=LEVELS[rule.level], validate=validate
    )


def _stack_policy(rule: Rule, exemptions: tuple[Exemption, ...]) -> StackValidationPolicy:
    def validate(args: StackValidationArgs, report: ReportViolation) -> None:
        subjects = [subject_of(resource) for resource in args.resources]
        _judge(rule, subjects, exemptions, lambda subject, problem: report(problem, subject.urn))

    return StackValidationPolicy(
        name=rule.id.lower(), description=_description(rule), enforcement_level=LEVELS[rule.level], validate=validate
    )


def _judge(
    rule: Rule, subjects: list[Subject], exemptions: tuple[Exemption, ...], tell: Callable[[Subject, str], None]
) -> None:
    today = datetime.now(UTC).date()
    for subject, problem in rule.findings(subjects):
        if not any(one.covers(rule.id, subject, today) for one in exemptions):
            tell(subject, f"{rule.id} {rule.title}: {problem} ({rule.reason})")


def _description(rule: Rule) -> str:
    return f"{rule.title}: {rule.reason}. Stands for {', '.join(rule.controls)}."


def subject_of(args: Any) -> Subject:
    """Return a resource as the engine shows it (ResourceValidationArgs or PolicyResource) as rules see it."""
    props = {name: value for name, value in _read(args.props).items() if not name.startswith("__")}
    provider = _read(args.provider.props) if args.provider is not None else {}
    defaults = provider.get("defaultTags") or {}
    if isinstance(defaults, str):
        defaults = msgspec.json.decode(defaults)
    tags: Mapping[str, str] = {**(defaults.get("tags") or {}), **(props.get("tags") or {})}
    return Subject(
        type=args.resource_type,
        name=args.name,
        props=props,
        urn=args.urn,
        stack=str(args.urn).split("::")[0].rpartition(":")[2],
        region=str(props.get("region") or provider.get("region") or ""),
        tags=tags,
        protect=bool(args.opts.protect),
    )


def _read(value: Any) -> Any:
    """Return a value of the engine's as rules read it, in Python's own containers: what a preview does not know yet is
    UNKNOWN, so that the rest is judged.
    """
    if isinstance(value, Mapping):
        return {name: _item(value, name) for name in value}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_item(value, index) for index in range(len(value))]
    return value


def _item(container: Any, key: str | int) -> Any:
    try:
        return _read(container[key])
    except UnknownValueError:
        return UNKNOWN
