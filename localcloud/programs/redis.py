"""Redis 7 as ElastiCache runs it: a node's configuration file. Pure."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

_OURS: Final = frozenset(
    {"bind", "port", "tls-port", "dir", "save", "appendonly", "requirepass", "masterauth", "replicaof"}
)


def configuration(
    *,
    address: str,
    port: int,
    folder: Path,
    certificate: Path,
    key: Path,
    ca_file: Path,
    tls: bool,
    token: str | None,
    primary: str | None,
    parameters: Mapping[str, str],
) -> str:
    """Return redis.conf of a node; `primary` is the address that it replicates from, None for the primary itself."""
    lines = [
        f"bind {address}",
        f"port {0 if tls else port}",
        "protected-mode no",
        "daemonize no",
        'pidfile ""',
        'save ""',
        "appendonly no",
        "maxmemory 64mb",
        "maxmemory-policy volatile-lru",
        "repl-diskless-sync yes",
        "repl-diskless-sync-delay 0",
        f"dir {folder}",
    ]
    if tls:
        lines += [f"tls-port {port}", *_tls_lines(certificate, key, ca_file)]
    if token:
        lines += [f"requirepass {_quoted(token)}", f"masterauth {_quoted(token)}"]
    if primary:
        lines.append(f"replicaof {primary} {port}")
    lines += [f"{name} {_quoted(value)}" for name, value in sorted(parameters.items()) if name not in _OURS]
    return "\n".join(lines) + "\n"


def _tls_lines(certificate: Path, key: Path, ca_file: Path) -> list[str]:
    return [
        f"tls-cert-file {certificate}",
        f"tls-key-file {key}",
        f"tls-ca-cert-file {ca_file}",
        "tls-auth-clients no",
        "tls-replication yes",
    ]


def _quoted(value: str) -> str:
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
