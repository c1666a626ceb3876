"""Options that several of the estate's commands take, and what they mean."""

import click

from breiqctl import completing
from breiqctl.context import Context
from breiqctl.estate.params import IN_PROCESS, PULUMI
from estate.errors import BreiqError

stack_option = click.option(
    "--stack",
    "stack",
    multiple=True,
    metavar="NAME",
    shell_complete=completing.stacks,
    help="Only this stack; may be given several times. [default: all]",
)
state_region_option = click.option(
    "--state-region",
    metavar="REGION",
    shell_complete=completing.regions,
    help="The region that keeps the states while their own does not answer. [default: the environment's state_region]",
)
target_option = click.option(
    "--target", "targets", multiple=True, metavar="URN", help="Only this resource; may be given several times."
)
keep_drift_option = click.option(
    "--keep-drift",
    is_flag=True,
    help="Keep changes that were made directly in AWS. Deleted resources are still created again.",
)
engine_option = click.option(
    "--engine",
    type=click.Choice([IN_PROCESS, PULUMI]),
    default=None,
    help="The built-in provisioner, or the Pulumi CLI. [default: inprocess for plans and for local, else pulumi]",
)


def by_pulumi(context: Context, engine: str | None) -> bool:
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
