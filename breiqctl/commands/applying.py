"""`breiqctl estate up` and `estate destroy`: make AWS what the program declares, and delete it all."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

from breiqctl.commands.estate_options import (
    by_pulumi,
    engine_option,
    keep_drift_option,
    stack_option,
    state_region_option,
    target_option,
)
from breiqctl.context import Context
from breiqctl.estate.params import IN_PROCESS, PULUMI, ApplyParams, DestroyParams
from breiqctl.flags import writes
from estate.errors import BreiqError
from provisioner.urns import name_of, type_of

if TYPE_CHECKING:
    from stackops.planning import Plan


@dataclass(frozen=True)
class _Options:
    """What an apply is given besides its stacks."""

    targets: tuple[str, ...]
    keep_drift: bool
    state_region: str | None


@click.command()
@engine_option
@stack_option
@target_option
@keep_drift_option
@state_region_option
@writes
def up(
    context: Context,
    *,
    engine: str | None,
    stack: tuple[str, ...],
    targets: tuple[str, ...],
    keep_drift: bool,
    state_region: str | None,
) -> None:
    """Apply the stacks in order. Resources that were deleted or changed in AWS are created again or corrected.

    Exit 3 when a mandatory policy is violated.
    """
    from breiqctl.estate import document as estate_document
    from breiqctl.estate import operation as estate_operation
    from breiqctl.estate import state_store
    from stackops import choose, judge, policy_document

    names = choose(context.environment, stack)
    with_pulumi = by_pulumi(context, engine)
    endpoints = context.endpoints  # before anything else: refuses when no local cloud runs
    assert with_pulumi or endpoints is not None
    if not context.dry_run:
        estate_operation.refuse_when_locked(context)
    if not with_pulumi:
        state_store.level(context, state_region, names)
    plan = estate_document.make_plan(context, stack_names=names, targets=targets, keep_drift=keep_drift)
    if not context.dry_run:
        _refuse_protected(plan)
    options = _Options(targets, keep_drift, state_region)
    if with_pulumi:
        _refuse_broken_policies(policy_document(judge(plan.document)))
        _up_by_pulumi(context, names, options)
    else:
        _up_in_process(context, names, plan, options)


def _up_in_process(context: Context, names: Sequence[str], plan: "Plan", options: _Options) -> None:
    from breiqctl import operating
    from breiqctl.estate import document as estate_document
    from breiqctl.estate import operation as estate_operation
    from breiqctl.views import estate

    document = estate_document.plan_document(context, plan)
    if context.dry_run:
        context.answer(document, lambda found: estate.plan_text(found, verbose=context.verbose))
        operating.end_dry_run(
            context,
            lambda: estate_operation.refuse_when_locked(context),
            lambda: _refuse_protected(plan),
            lambda: _refuse_broken_policies(document["policy"]),
        )
    _refuse_broken_policies(document["policy"])
    context.confirm(f"apply {', '.join(names)}")
    counted = {name: estate.counts(stack["changes"]) for name, stack in document["stacks"].items()}
    _apply(context, IN_PROCESS, counted, options)


def _up_by_pulumi(context: Context, names: Sequence[str], options: _Options) -> None:
    from breiqctl.estate import pulumi_cli

    pulumi_cli.program()
    if context.dry_run:
        pulumi_cli.look(context, "preview", names, options.targets, state_region=options.state_region)
        return
    context.confirm(f"apply {', '.join(names)} with the Pulumi CLI")
    _apply(context, PULUMI, dict.fromkeys(names, "as the Pulumi CLI finds it"), options)


def _apply(context: Context, engine: str, changes: Mapping[str, str], options: _Options) -> None:
    """Apply the stacks that have changes, as an operation."""
    from breiqctl import operating
    from breiqctl.estate import operation as estate_operation
    from stackops import local_socket, waves

    endpoints = context.endpoints
    params = ApplyParams(
        environment=context.environment_name,
        waves=tuple(found for wave in waves(context.environment) if (found := tuple(n for n in wave if n in changes))),
        endpoint_url=str(endpoints["aws"]) if endpoints else "",
        state_dir=str(local_socket.state_dir()) if endpoints else "",
        targets=options.targets,
        state_region=options.state_region or "",
        keep_drift=options.keep_drift,
        engine=engine,
    )
    operating.conclude(context, lambda: estate_operation.run(context, params, changes), _render_done)


def _refuse_protected(plan: "Plan") -> None:
    """Raise BreiqError `protected` (refused) for what an apply would have to delete or replace, and may not."""
    urns = [urn for one in plan.stacks.values() for urn in one.protected]
    if urns:
        named = ", ".join(f"{type_of(urn)} {name_of(urn)}" for urn in urns)
        raise BreiqError(
            "protected",
            "refused",
            f"the program deletes or replaces protected resources: {named}; nothing was changed",
            cause="protected resources are neither deleted nor replaced",
            remedy="declare the resource unchanged, or remove its protection first: in the program, or with "
            "`pulumi state unprotect` if the program does not declare it",
        )


def _refuse_broken_policies(policy: Mapping[str, Any]) -> None:
    findings = [one for one in policy["findings"] if one["level"] == "mandatory"]
    if findings:
        first = findings[0]
        raise BreiqError(
            "policy_broken",
            "refused",
            f"{len(findings)} findings of mandatory policies, the first: {first['rule']} {first['stack']} "
            f"{first['resource']}: {first['problem']}",
            cause=first["reason"],
            remedy="breiqctl estate policy lists them; fix them, or add an exception to policies/exceptions.yaml",
        )


def _render_done(document: dict[str, Any]) -> str:
    lines = [f"{document['operation_id']}  {document['verdict']}: {document['reason']}"]
    for name, stack in document["stacks"].items():
        did = ", ".join(f"{number} {word}" for word, number in stack.items() if number and word != "duration_s")
        lines.append(f"  {name}: {did or 'nothing to do'} ({stack['duration_s']:.1f} s)")
    lines.append(f"  report: {document['report']}")
    if document["next_command"]:
        lines.append(f"  next: {document['next_command']}")
    return "\n".join(lines)


@click.command()
@engine_option
@click.option(
    "--even-protected", is_flag=True, help="Also delete protected resources: databases, buckets, keys. Irreversible."
)
@state_region_option
@writes
def destroy(context: Context, engine: str | None, even_protected: bool, state_region: str | None) -> None:
    """Delete the four stacks, the edge first. Protected resources need --even-protected."""
    import stackops
    from breiqctl import operating
    from breiqctl.estate import operation as estate_operation
    from breiqctl.estate import state_store
    from stackops import local_socket

    with_pulumi = by_pulumi(context, engine)
    endpoints = context.endpoints
    names, state_dir = stackops.destroy_order(context.environment), local_socket.state_dir()
    if with_pulumi and context.dry_run:
        from breiqctl.estate import pulumi_cli

        pulumi_cli.look(context, "destroy-preview", names, state_region=state_region)
        return
    if not context.dry_run:
        estate_operation.refuse_when_locked(context)
    resource_counts = {}
    if not with_pulumi:
        state_store.level(context, state_region, names, by_stack=False)
        resource_counts = {name: stackops.summary_of_state(state_dir, name) for name in names}
    params = DestroyParams(
        environment=context.environment_name,
        stacks=tuple(names),
        endpoint_url=str(endpoints["aws"]) if endpoints else "",
        state_dir=str(state_dir) if endpoints else "",
        state_region=state_region or "",
        even_protected=even_protected,
        engine=PULUMI if with_pulumi else IN_PROCESS,
    )
    if context.dry_run:
        document = {"schema": "breiq.estate-destroy/1", "dry_run": True, "stacks": resource_counts}
        context.answer(document, _render_destroy)
        operating.end_dry_run(
            context,
            lambda: estate_operation.refuse_when_locked(context),
            lambda: estate_operation.refuse_protected(context, params),
        )
    operating.conclude(context, estate_operation.run_destroy(context, params), _render_done)


def _render_destroy(document: dict[str, Any]) -> str:
    from breiqctl.views.tables import table

    rows = [[name, str(one["resources"]), str(len(one["protected"]))] for name, one in document["stacks"].items()]
    return table(["stack", "would be deleted", "of them protected"], rows)
