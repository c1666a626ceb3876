"""What a shell needs so that AWS's tools and Pulumi's CLI speak to the local cloud."""

import json
import os
import shlex
from collections.abc import Callable, Collection, Mapping, MutableMapping
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from estate.files import ROOT
from estate.topology import PROJECT
from stackops import local_socket

PLUGIN_DIR: Final = ROOT / "provisioner" / "plugin" / "bin"
"""Holds `pulumi-resource-aws`, which Pulumi's CLI takes from PATH before any that it has downloaded."""

TOOLS_DIR: Final = ROOT / "breiqctl" / "bin"
"""Holds `aws`, which keeps every version of the AWS CLI from AWS's own endpoints."""

FIRST_ON_PATH: Final = (str(PLUGIN_DIR), str(TOOLS_DIR))

AWS: Final = "AWS_"
OTHERS: Final = frozenset(
    [
        "ALL_PROXY",
        "BOTO_CONFIG",
        "CURL_CA_BUNDLE",
        "FTP_PROXY",
        "HTTPS_PROXY",
        "HTTP_PROXY",
        "NODE_EXTRA_CA_CERTS",
        "NO_PROXY",
        "REQUESTS_CA_BUNDLE",
        "SSL_CERT_DIR",
        "SSL_CERT_FILE",
    ]
)
"""What else changes where requests go, or whom they trust: proxies (also in lower case) and authorities."""

KNOWN: Final = (
    "AWS_PROFILE",
    "AWS_DEFAULT_PROFILE",
    "AWS_SESSION_TOKEN",
    "AWS_SECURITY_TOKEN",
    "AWS_ROLE_ARN",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
    "AWS_USE_FIPS_ENDPOINT",
    "AWS_USE_DUALSTACK_ENDPOINT",
)
"""What a shell forgets in any case: it leads tools away from the local cloud's endpoint or keys."""

NO_FILES: Final = {
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "AWS_EC2_METADATA_DISABLED": "true",
}
"""What keeps AWS's SDKs from the caller's own files and from the machine's role."""


def variables(endpoints: Mapping[str, Any], region: str, environ: Mapping[str, str] = os.environ) -> dict[str, str]:
    """Return the variables by name. PATH is the given one, with our folders before all others.

    A call that leaves for AWS itself in spite of all (a tool that heeds no AWS_ENDPOINT_URL) trusts the local cloud's
    authority alone: it ends before anything is sent.

    Pulumi's states lie in the local cloud's folder and end with it. The passphrase is that of the engine in process, so
    that `pulumi stack import` reads its states.
    """
    rest = [folder for folder in environ.get("PATH", "").split(os.pathsep) if folder not in ("", *FIRST_ON_PATH)]
    return {
        **NO_FILES,
        "AWS_CA_BUNDLE": endpoints["ca_file"],
        "AWS_ENDPOINT_URL": endpoints["aws"],
        "AWS_ACCESS_KEY_ID": endpoints["access_key_id"],
        "AWS_SECRET_ACCESS_KEY": endpoints["secret_access_key"],
        "AWS_REGION": region,
        "AWS_DEFAULT_REGION": region,
        "BREIQ_SITE": endpoints["site"],
        "BREIQ_STATES": str(local_socket.state_dir()),
        "BREIQ_CA_FILE": endpoints["ca_file"],
        "PATH": os.pathsep.join([*FIRST_ON_PATH, *rest]),
        "PULUMI_BACKEND_URL": f"file://{_backend_dir()}",
        "PULUMI_CONFIG_PASSPHRASE_FILE": str(_passphrase_file()),
        "PULUMI_SKIP_UPDATE_CHECK": "true",
        **dict.fromkeys(("NO_PROXY", "no_proxy"), _unproxied(endpoints, environ)),
    }


def _unproxied(endpoints: Mapping[str, Any], environ: Mapping[str, str]) -> str:
    """Return NO_PROXY with this machine in it: tools read single hosts, some of them ranges."""
    hosts = [urlsplit(str(endpoints[name])).hostname or "" for name in ("aws", "site")]
    before = (environ.get("no_proxy") or environ.get("NO_PROXY") or "").split(",")
    return ",".join(dict.fromkeys(host for host in (*before, "localhost", "127.0.0.0/8", *hosts) if host))


def leading_away(environ: Collection[str]) -> list[str]:
    """Return the names of variables that lead requests away from the local cloud, or change whom they trust."""
    return sorted(name for name in environ if name.startswith(AWS) or name.upper() in OTHERS)


def shut_out(environ: MutableMapping[str, str]) -> dict[str, str]:
    """Take all that leads away out of an environment, so that neither we nor what we start heeds it; return that."""
    taken = {name: environ.pop(name) for name in leading_away(environ)}
    environ.update(NO_FILES)
    return taken


def prepare(stack_config_dir: Path = ROOT / "stacks") -> None:
    """Make the folder of Pulumi's states and the passphrase, where they are not there yet: the CLI makes neither.

    With the first state of a local cloud, what the CLI wrote of the stacks of an earlier one is removed: its salt
    belongs to a passphrase that is gone, and the CLI would refuse the new one.
    """
    from provisioner.state.crypt import ensure_key_file

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
    return bool(_holders(stack)) and living_holder(stack) is None


def living_holder(stack: str, name_of: Callable[[int], str | None] | None = None) -> int | None:
    """Return the process id of a CLI that works on the stack now; None when none does: ids are given anew.

    `name_of` returns a process's name, None when there is none of that id.
    """
    named = name_of or _name_of
    return next((pid for pid in _holders(stack) if "pulumi" in (named(pid) or "")), None)


def _holders(stack: str) -> list[int]:
    locks = (_backend_dir() / ".pulumi" / "locks" / "organization" / PROJECT / stack).glob("*.json")
    return [int(json.loads(lock.read_bytes())["pid"]) for lock in locks]


def _name_of(pid: int) -> str | None:
    try:
        return Path(f"/proc/{pid}/comm").read_text().strip()
    except OSError:
        return None


def _backend_dir() -> Path:
    return local_socket.instance_dir() / "run" / "pulumi"


def _passphrase_file() -> Path:
    return local_socket.state_dir() / "passphrase"


def exports(values: Mapping[str, str], forget: Collection[str] = ()) -> str:
    """Return the variables as a shell's exports, after `forget` as its unset; PATH goes before the shell's own."""
    texts = {name: shlex.quote(value) for name, value in values.items()}
    texts["PATH"] = f'{shlex.quote(os.pathsep.join(FIRST_ON_PATH))}:"$PATH"'
    lines = [f"unset {' '.join(forget)}"] if forget else []
    return "\n".join(lines + [f"export {name}={text}" for name, text in texts.items()])


def to_forget(values: Mapping[str, str], environ: Collection[str]) -> list[str]:
    """Return the names that a shell forgets: AWS's variables that it has, and those that are known to lead away."""
    own = [name for name in environ if name.startswith(AWS)]
    return sorted({*KNOWN, *own} - values.keys())
