"""`breiqctl bootstrap`: the CloudFormation that must exist before Pulumi."""

import json
import secrets
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from breiqctl.context import Context
from breiqctl.flags import reads, writes
from breiqctl.groups import Group
from estate import topology
from estate.errors import BreiqError

if TYPE_CHECKING:
    from aws.secretsmanager import Secret
    from stackops.bootstrapping import Tools


@click.group(cls=Group)
def bootstrap() -> None:
    """State buckets, pipeline roles and secrets: what must exist before Pulumi."""


@bootstrap.command()
@click.option(
    "-o",
    "--output",
    type=click.Path(file_okay=False, path_type=Path),
    help="Write each template to this folder, one file per stack.",
)
@reads
def render(context: Context, output: Path | None) -> None:
    """Show the CloudFormation templates, or write them to files. AWS is not called."""
    from stackops.bootstrap_stacks import build

    shown = []
    for stack in build(context.environment):
        template = json.loads(stack.template)
        one: dict[str, Any] = {"name": stack.name, "region": stack.region, "resources": len(template["Resources"])}
        if output is None:
            one["template"] = template
        else:
            output.mkdir(parents=True, exist_ok=True)
            path = output / f"{stack.name}.json"
            path.write_text(json.dumps(template, indent=2) + "\n")
            one["path"] = str(path)
        shown.append(one)
    context.answer({"schema": "breiq.bootstrap-templates/1", "stacks": shown}, _render_templates, verbatim=True)


@bootstrap.command()
@click.option(
    "--given",
    "given",
    multiple=True,
    metavar="NAME=FILE",
    help=f"A secret from a third party ({', '.join(topology.GIVEN_SECRETS)}); use `-` to read standard input.",
)
@writes
def apply(context: Context, given: tuple[str, ...]) -> None:
    """Create or update the CloudFormation stacks of the bootstrap, then the secrets that these cannot create."""
    from stackops import bootstrapping
    from stackops.bootstrap_stacks import build

    if context.is_local:
        raise BreiqError(
            "bootstrap_is_local_up",
            "usage",
            "the local cloud needs no bootstrap",
            cause="`local up` creates its secrets and state buckets, with the same names",
            remedy="breiqctl local up, or name an environment: breiqctl -e staging bootstrap apply",
        )
    values = _given(given)
    environment = context.environment
    stacks = build(environment)
    tools = _tools(context)
    if context.dry_run:
        seen = [one.document() for one in bootstrapping.preview(stacks, tools)]
        context.answer({"schema": "breiq.bootstrap/1", "dry_run": True, "stacks": seen, "secrets": {}}, _render)
        return
    context.check_account()
    context.confirm(f"apply the bootstrap of {environment.environment}")
    done = [one.document() for one in bootstrapping.apply(stacks, tools)]
    written = bootstrapping.write_secrets(environment, values, tools)
    context.answer({"schema": "breiq.bootstrap/1", "dry_run": False, "stacks": done, "secrets": written}, _render)


def _tools(context: Context) -> "Tools":
    from operations.clock import SystemClock
    from stackops.bootstrapping import Tools

    return Tools(
        cloudformation=lambda region: context.session(region).cloudformation,
        secrets=lambda region: context.session(region).secretsmanager,
        change_set=f"breiqctl-{secrets.token_hex(4)}",
        clock=SystemClock(),
        say=context.say,
    )


def _given(given: tuple[str, ...]) -> "dict[str, Secret]":
    from aws.secretsmanager import Secret

    values = {}
    for one in given:
        name, _, file = one.partition("=")
        if name not in topology.GIVEN_SECRETS or not file:
            raise BreiqError(
                "bad_secret",
                "usage",
                f"--given {name}: it must be NAME=FILE with a NAME of {', '.join(topology.GIVEN_SECRETS)}",
                remedy="write the value to a file and give its name",
            )
        with click.open_file(file) as stream:
            values[name] = Secret(stream.read().strip())
    return values


def _render_templates(document: dict[str, Any]) -> str:
    stacks = document["stacks"]
    if all("path" in stack for stack in stacks):
        return "\n".join(f"{stack['region']}  {stack['path']}: {stack['resources']} resources" for stack in stacks)
    return json.dumps({stack["name"]: stack["template"] for stack in stacks}, indent=2)


def _render(document: dict[str, Any]) -> str:
    lines = []
    for stack in document["stacks"]:
        lines.append(f"{stack['region']}  {stack['name']}: {stack['outcome']}")
        lines += [f"    {one['action']:<7} {one['resource']} ({one['type']})" for one in stack["changes"]]
    lines += [f"secret {name}: {outcome}" for name, outcome in document["secrets"].items()]
    missing = [name for name, outcome in document["secrets"].items() if outcome == "missing"]
    lines += [f"next: breiqctl bootstrap apply --given {name}=FILE" for name in missing]
    return "\n".join(lines)
