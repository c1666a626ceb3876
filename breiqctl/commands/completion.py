"""`breiqctl completion`: the shells' completion scripts, made by click."""

import click
from click.shell_completion import get_completion_class

from breiqctl.context import Context
from breiqctl.flags import reads


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@reads
def completion(context: Context, shell: str) -> None:
    """Print a completion script: `source <(breiqctl completion bash)`."""
    from breiqctl.cli import cli

    completion_class = get_completion_class(shell)
    assert completion_class is not None
    source = completion_class(cli, {}, "breiqctl", "_BREIQCTL_COMPLETE").source()
    context.answer(
        {"schema": "breiq.completion/1", "shell": shell, "script": source},
        lambda document: str(document["script"]),
        verbatim=True,
    )
