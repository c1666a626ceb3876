"""`breiqctl status`: both regions on one screen, from AWS's own API."""

import click

from breiqctl.context import Context, exit_with
from breiqctl.flags import reads


@click.command()
@click.option("--watch", is_flag=True, help="Refresh every 2 s; stop with Ctrl-C.")
@click.option("--details", is_flag=True, help="Every colour of every service, every gate, every alarm; so does -v.")
@reads
def status(context: Context, watch: bool, details: bool) -> None:
    """Show the verdict and the next command first; whether a failover would work now; then writes, users, the current
    operation, raised alarms and both regions.

    The gates of a failover are asked as `failover` asks them, without changing anything. What cannot be read is shown
    as unknown.

    Exit 0: everything was read, and users are served (with or without a standby) or a running operation restores
    service; 3: a problem on this machine (credentials, proxy, network, account); 4: something is unknown, users are
    not served, no region can write, a critical alarm is raised, or an operation stopped.
    """
    from breiqctl.status import regions as region_state
    from breiqctl.views.status import render

    details = details or context.verbose
    if watch:
        from breiqctl.watching import watch as watch_until_interrupted

        watch_until_interrupted(context, lambda: region_state.document(context), details=details)
    document = region_state.document(context)
    context.answer(document, lambda found: render(found, details=details))
    exit_with(region_state.exit_code(document))
