"""Options that several of the estate's commands take."""

import click

from breiqctl import completing

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
