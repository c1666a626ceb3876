"""What a shell needs so that AWS's tools and Pulumi's CLI speak to the local cloud."""

import json
import os
import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from breiqctl import local_client
from estate.files import ROOT
from estate.topology import PROJECT

PLUGIN_DIR: Final = ROOT / "provisioner" / "plugin" / "bin"
"""Holds `pulumi-resource-aws`, which Pulumi's CLI takes from PATH before any that it has downloaded."""

CREDENTIAL: Final = "local"
"""Key id and secret key that the local cloud's gate takes."""


def variables(endpoints: Mapping[str, Any], region: str, environ: Mapping[str, str] = os.environ) -> dict[str, str]:
    """Return the variables by name. PATH is the given one, with the provider plugin's folder before all others.

    Pulumi's states lie in the local cloud's folder and end with it. The passphrase is that of the engine in process, so
    that `pulumi stack import` reads its states.
    """
    rest = [folder for folder in environ.get("PATH", "").split(os.pathsep) if folder not in ("", str(PLUGIN_DIR))]
    return {
        "AWS_ENDPOINT_URL": endpoints["aws"],
        "AWS_ACCESS_KEY_ID": CREDENTIAL,
        "AWS_SECRET_ACCESS_KEY": CREDENTIAL,
        "AWS_REGION": region,
        "AWS_DEFAULT_REGION": region,
        "BREIQ_SITE": endpoints["site"],
        "BREIQ_STATES": str(local_client.state_dir()),
        "BREIQ_CA_FILE": endpoints["ca_file"],
        "PATH": os.pathsep.join([str(PLUGIN_DIR), *rest]),
        "PULUMI_BACKEND_URL": f"file://{_backend_dir()}",
        "PULUMI_CONFIG_PASSPHRASE_FILE": str(_passphrase_file()),
        "PULUMI_SKIP_UPDATE_CHECK": "true",
    }


def prepare(stack_config_dir: Path = ROOT / "stacks") -> None:
    """Make the folder of Pulumi's states and the passphrase, where they are not there yet: the CLI makes neither.

    With the first state of a local cloud, what the CLI wrote of the stacks of an earlier one is removed: its salt
    belongs to a passphrase that is gone, and the CLI would refuse the new one.
    """
    from provisioner.crypt import ensure_key_file

    if not (_backend_dir() / ".pulumi").exists():
        for path in stack_config_dir.glob("Pulumi.local-*.yaml"):
            path.unlink()
    _backend_dir().mkdir(parents=True, exist_ok=True)
    ensure_key_file(_passphrase_file())


def checkpoint(stack: str) -> Path:
    """Return where the CLI keeps a stack's state."""
    return _backend_dir() / ".pulumi" / "stacks" / PROJECT / f"{stack}.json"


def is_held_by_the_dead(stack: str) -> bool:
    """Whether a CLI that runs no more holds the stack's lock: it was killed, and nobody else gives the lock back."""
    locks = (_backend_dir() / ".pulumi" / "locks" / "organization" / PROJECT / stack).glob("*.json")
    holders = [json.loads(lock.read_bytes())["pid"] for lock in locks]
    return bool(holders) and not any(Path(f"/proc/{pid}").exists() for pid in holders)


def _backend_dir() -> Path:
    return local_client.instance_dir() / "run" / "pulumi"


def _passphrase_file() -> Path:
    return local_client.state_dir() / "passphrase"


def exports(values: Mapping[str, str]) -> str:
    """Return the variables as a shell's exports; PATH goes before the shell's own."""
    texts = {name: shlex.quote(value) for name, value in values.items()}
    texts["PATH"] = f'{shlex.quote(str(PLUGIN_DIR))}:"$PATH"'
    return "\n".join(f"export {name}={text}" for name, text in texts.items())
