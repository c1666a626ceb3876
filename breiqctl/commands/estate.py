"""`breiqctl estate`: what the program would make, making it, and looking at it from all sides."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from breiqctl.commands.estate_options import stack_option, state_region_option
from breiqctl.commands.reviews import cost, coverage, diagram, manifest, policy
from breiqctl.commands.state import state as states
from breiqctl.commands.taking import import_, refresh
from breiqctl.context import Context, exit_with, reads, writes
from breiqctl.estate.params import IN_PROCESS, PULUMI, ApplyParams, DestroyParams
from breiqctl.groups import Group
from breiqctl.output_file import OutputFile
from estate.errors import EXIT_CODES, BreiqError
from provisioner.urns import name_of, type_of

_state = click.option(
    "--state",
    type=click.Path(path_type=Path),
    help="A folder of exported stacks (<stack>.json). [default: the local cloud's, else none]",
)
_target = click.option(
    "--target", "targets", multiple=True, metavar="URN", help="Only this resource; may be given several times."
)
_keep_drift = click.option(
    "--keep-drift",
    is_flag=True,
    help="Keep changes that were made directly in AWS. Deleted resources are still created again.",
)
_engine = click.option(
    "--engine",
    type=click.Choice([IN_PROCESS, PULUMI]),
    default=None,
    help="The built-in provisioner, or the Pulumi CLI. [default: inprocess for plans and for local, else pulumi]",
)


@dataclass(frozen=True)
class _Options:
    """What an apply is given besides its stacks."""

    targets: tuple[str, ...]
    keep_drift: bool
    state_region: str | None


@click.group(cls=Group)
def estate() -> None:
    """Manage the infrastructure as code: plan, apply, cost, diagram and policies."""


for one in (policy, cost, diagram, manifest, coverage, states, refresh, import_):
    estate.add_command(one)


@estate.command()
@_engine
@_state
@stack_option
@_target
@_keep_drift
@state_region_option
@click.option("--markdown", type=OutputFile(), help="Also write the plan as Markdown, for a pull request comment.")
@reads
def plan(
    context: Context,
    *,
    engine: str | None,
    state: Path | None,
    stack: tuple[str, ...],
    targets: tuple[str, ...],
    keep_drift: bool,
    state_region: str | None,
    markdown: Path | None,
) -> None:
    """Show what an apply would create, change and correct, by component, with cost and policies.

    Uses the built-in provisioner unless --engine is given. Exit 3 when a mandatory policy is violated.
    """
    from breiqctl.estate import document as estate_document
    from breiqctl.views import estate
    from stackops import choose

    names = choose(context.environment, stack)
    if engine == "pulumi":
        from breiqctl.estate import pulumi_cli

        pulumi_cli.look(context, "preview", names, targets, state_region=state_region)
        return
    if state is None:
        _level_for_plan(context, state_region, names)
    elif state_region:
        raise BreiqError(
            "two_states", "usage", "--state and --state-region name two different states", remedy="give one of them"
        )
    made = estate_document.make_plan(context, state=state, stack_names=names, targets=targets, keep_drift=keep_drift)
    document = estate_document.plan_document(context, made)
    if markdown:
        markdown.write_text(estate.plan_markdown(context.environment_name, document))
    context.answer(document, lambda found: estate.plan_text(found, verbose=context.verbose))
    if document["policy"]["mandatory"]:
        exit_with(EXIT_CODES["refused"])


@estate.command()
@_engine
@stack_option
@_target
@_keep_drift
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
    from breiqctl import operating
    from breiqctl.estate import document as estate_document
    from breiqctl.estate import operation as estate_operation
    from breiqctl.estate import state_store
    from breiqctl.views import estate
    from stackops import choose, judge, policy_document

    names = choose(context.environment, stack)
    by_pulumi = _by_pulumi(context, engine)
    endpoints = context.endpoints  # before anything else: refuses when no local cloud runs
    if not context.dry_run:
        estate_operation.refuse_when_locked(context)
    if not by_pulumi:
        state_store.level(context, state_region, names)
    plan = estate_document.make_plan(context, stack_names=names, targets=targets, keep_drift=keep_drift)
    if not context.dry_run:
        _refuse_protected([urn for one in plan.stacks.values() for urn in one.protected])
    options = _Options(targets, keep_drift, state_region)
    if by_pulumi:
        _refuse_broken_policies(policy_document(judge(plan.document)))
        _up_by_pulumi(context, names, options)
        return
    assert endpoints is not None
    document = estate_document.plan_document(context, plan)
    if context.dry_run:
        context.answer(document, lambda found: estate.plan_text(found, verbose=context.verbose))
        operating.end_dry_run(
            context,
            lambda: estate_operation.refuse_when_locked(context),
            lambda: _refuse_protected([urn for one in plan.stacks.values() for urn in one.protected]),
            lambda: _refuse_broken_policies(document["policy"]),
        )
    _refuse_broken_policies(document["policy"])
    context.confirm(f"apply {', '.join(names)}")
    counted = {name: estate.counts(stack["changes"]) for name, stack in document["stacks"].items()}
    _apply(context, IN_PROCESS, counted, options)


def _up_by_pulumi(context: Context, names: Sequence[str], options: "_Options") -> None:
    from breiqctl.estate import pulumi_cli

    pulumi_cli.program()
    if context.dry_run:
        pulumi_cli.look(context, "preview", names, options.targets, state_region=options.state_region)
        return
    context.confirm(f"apply {', '.join(names)} with the Pulumi CLI")
    _apply(context, PULUMI, dict.fromkeys(names, "as the Pulumi CLI finds it"), options)


def _level_for_plan(context: Context, state_region: str | None, names: Sequence[str]) -> None:
    """Bring the states level, where a plan is made against any: a local cloud that runs.

    Raises BreiqError `needs_pulumi` (usage) where a region of states is named and the engine in process reads none.
    """
    from breiqctl.estate import state_store
    from stackops import local_socket

    if context.is_local and local_socket.running():
        state_store.level(context, state_region, names)
    elif state_region:
        raise BreiqError(
            "needs_pulumi",
            "usage",
            "the built-in provisioner plans as if no resource existed: it reads no state here",
            remedy="--engine pulumi plans against the states",
        )


def _apply(context: Context, engine: str, changes: Mapping[str, str], options: "_Options") -> None:
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


def _refuse_protected(urns: Sequence[str]) -> None:
    """Raise BreiqError `protected` (refused) for what an apply would have to delete or replace, and may not."""
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


@estate.command()
@_engine
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

    by_pulumi = _by_pulumi(context, engine)
    endpoints = context.endpoints
    names, state_dir = stackops.destroy_order(context.environment), local_socket.state_dir()
    if by_pulumi and context.dry_run:
        from breiqctl.estate import pulumi_cli

        pulumi_cli.look(context, "destroy-preview", names, state_region=state_region)
        return
    if not context.dry_run:
        estate_operation.refuse_when_locked(context)
    resource_counts = {}
    if not by_pulumi:
        state_store.level(context, state_region, names, by_stack=False)
        resource_counts = {name: stackops.summary_of_state(state_dir, name) for name in names}
    params = DestroyParams(
        environment=context.environment_name,
        stacks=tuple(names),
        endpoint_url=str(endpoints["aws"]) if endpoints else "",
        state_dir=str(state_dir) if endpoints else "",
        state_region=state_region or "",
        even_protected=even_protected,
        engine=PULUMI if by_pulumi else IN_PROCESS,
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


@estate.command()
@_engine
@stack_option
@state_region_option
@reads
def drift(context: Context, engine: str | None, stack: tuple[str, ...], state_region: str | None) -> None:
    """Show what differs in AWS from what was applied. Exit 5 when there is drift."""
    import stackops
    from breiqctl.estate import state_store
    from breiqctl.views import estate
    from stackops import local_socket

    names = stackops.choose(context.environment, stack)
    if _by_pulumi(context, engine):
        from breiqctl.estate import pulumi_cli

        pulumi_cli.look(context, "drift", names, state_region=state_region)
        return
    endpoints = context.endpoints
    assert endpoints is not None
    state_store.level(context, state_region, names)
    found = stackops.drift(
        context.environment, names, endpoint_url=endpoints["aws"], state_dir=local_socket.state_dir()
    )
    document = {"schema": "breiq.drift/1", "stacks": found}
    context.answer(document, estate.drift_text)
    if any(one["drifted"] for one in found.values()):
        exit_with(5)


def _by_pulumi(context: Context, engine: str | None) -> bool:
    """Whether the Pulumi CLI does it: as asked, else everywhere but in the local environment. Raises BreiqError."""
    chosen = engine or ("inprocess" if context.is_local else "pulumi")
    if chosen == "inprocess" and not context.is_local:
        raise BreiqError(
            "needs_pulumi",
            "usage",
            f"the built-in provisioner changes only the local environment, not {context.environment_name}",
            remedy="--engine pulumi",
        )
    return chosen == "pulumi"
