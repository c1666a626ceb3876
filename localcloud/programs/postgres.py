"""PostgreSQL 15 as RDS runs it: settings, access rules, first statements, command lines."""

import base64
import hashlib
import hmac
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final

BIN: Final = Path("/usr/lib/postgresql/15/bin")
USER: Final = "postgres"
ADMIN: Final = "rdsadmin"
REPLICATION: Final = "rdsrepladmin"
PORT: Final = 5432
SCRAM_ITERATIONS: Final = 4096
"""PostgreSQL's own number."""

# All settings stand in files: a standby and a rewound server do not see what a command line says.
# fsync=off is safe when a process is killed; it is not when the machine is, and then the instance is gone anyway.
_BASE: Final = """\
shared_buffers = '32MB'
huge_pages = off
fsync = off
max_wal_size = '256MB'
wal_keep_size = '64MB'
wal_level = replica
max_wal_senders = 10
max_replication_slots = 10
hot_standby = on
hot_standby_feedback = on
wal_retrieve_retry_interval = '500ms'
wal_receiver_timeout = '5s'
wal_sender_timeout = '5s'
wal_receiver_status_interval = '1s'
jit = off
logging_collector = off
log_min_messages = warning
password_encryption = 'scram-sha-256'
ssl_min_protocol_version = 'TLSv1.2'
"""

_OURS: Final = frozenset(
    {
        "shared_buffers", "huge_pages", "listen_addresses", "port", "unix_socket_directories", "ssl", "ssl_cert_file",
        "ssl_key_file", "ssl_ca_file", "data_directory", "hba_file", "ident_file", "fsync", "archive_command",
        "archive_mode", "logging_collector", "log_destination",
    }
)  # fmt: skip
_OF_PARAMETERS: Final = (
    "insufficient parameter settings", "contains errors", "could not map anonymous shared memory",
    "could not create shared memory segment", "for parameter",
)  # fmt: skip
_LIBRARIES: Final = frozenset({"pg_stat_statements", "auto_explain"})


def initdb_argv(folder: Path) -> list[str]:
    """Return the command that makes the template's data folder."""
    options = ["--auth=trust", "--no-sync", "--data-checksums", "-E", "UTF8", "--locale=C", "--wal-segsize=1"]
    return [str(BIN / "initdb"), "-D", str(folder), "-U", ADMIN, *options]


def control_data_argv(data: Path) -> list[str]:
    """Return the command that prints what the control file of a data folder says."""
    return [str(BIN / "pg_controldata"), "-D", str(data)]


def why_not_started(log: str) -> str | None:
    """Return what a server that did not start said of its parameters; None when they are not the reason."""
    refused = [line.partition("FATAL:")[2].strip() for line in log.splitlines() if "FATAL:" in line]
    return next((line for line in reversed(refused) if any(word in line for word in _OF_PARAMETERS)), None)


def server_argv(data: Path) -> list[str]:
    """Return the command that starts the server on its data folder."""
    return [str(BIN / "postgres"), "-D", str(data)]


def base_backup_argv(data: Path, host: str, slot: str, ca_file: Path, *, create_slot: bool) -> list[str]:
    """Return the command that copies a primary and leaves a standby's settings (password: PGPASSWORD)."""
    connection = (
        f"host={host} port={PORT} user={REPLICATION} sslmode=verify-ca sslrootcert={ca_file} application_name={slot}"
    )
    options = ["-c", "fast", "-X", "stream", "-R", "-S", slot, "--no-sync", "--no-manifest"]
    return [
        str(BIN / "pg_basebackup"), "-D", str(data), "-d", connection, *options, *(["-C"] if create_slot else [])
    ]  # fmt: skip


def configuration(
    *, address: str, port: int, socket_folder: Path, certificate: Path, key: Path, parameters: Mapping[str, str]
) -> str:
    """Return postgresql.conf: our settings, then what the parameter group says of anything else."""
    own = {
        "listen_addresses": address,
        "port": str(port),
        "unix_socket_directories": str(socket_folder),
        "ssl": "on",
        "ssl_cert_file": str(certificate),
        "ssl_key_file": str(key),
    }
    lines = [_BASE, *(f"{name} = {_quoted(value)}\n" for name, value in own.items())]
    for name, value in sorted(parameters.items()):
        if name == "shared_preload_libraries":
            value = ",".join(part for part in value.replace(" ", "").split(",") if part in _LIBRARIES)  # noqa: PLW2901
        if name not in _OURS and not name.startswith("rds.") and "{" not in value:
            lines.append(f"{name} = {_quoted(value)}\n")
    return "".join(lines)


def access_rules(parameters: Mapping[str, str]) -> str:
    """Return pg_hba.conf: the controller's socket, replication, everyone with a password (over TLS, unless waived)."""
    everyone = "host" if parameters.get("rds.force_ssl", "1") == "0" else "hostssl"
    return (
        f"local all {ADMIN} trust\n"
        f"hostssl replication {REPLICATION} all scram-sha-256\n"
        f"host all {ADMIN},{REPLICATION} all reject\n"
        f"{everyone} all all all scram-sha-256\n"
    )


def first_statements(master: str, password: str, replication_password: str) -> list[str]:
    """Return what makes the roles of a new primary; may be repeated."""
    return [
        _ensure_role("rds_superuser", "NOLOGIN"),
        "GRANT pg_monitor, pg_signal_backend, pg_checkpoint TO rds_superuser WITH ADMIN OPTION",
        _ensure_role(REPLICATION, "LOGIN REPLICATION"),
        set_password(REPLICATION, replication_password),
        _ensure_role(master, "LOGIN CREATEDB CREATEROLE"),
        f"GRANT rds_superuser TO {identifier(master)}",
        set_password(master, password),
    ]


def set_password(role: str, password: str) -> str:
    """Return the statement that gives a role its password. It holds what PostgreSQL keeps (RFC 5803), not the password:
    statements are seen in logs and in pg_stat_statements.
    """
    salt = os.urandom(16)
    salted = hashlib.pbkdf2_hmac("sha256", password.encode(), salt, SCRAM_ITERATIONS)
    stored = hashlib.sha256(hmac.digest(salted, b"Client Key", "sha256")).digest()
    parts = [base64.b64encode(part).decode() for part in (salt, stored, hmac.digest(salted, b"Server Key", "sha256"))]
    verifier = f"SCRAM-SHA-256${SCRAM_ITERATIONS}:{parts[0]}${parts[1]}:{parts[2]}"
    return f"ALTER ROLE {identifier(role)} PASSWORD {literal(verifier)}"


def identifier(name: str) -> str:
    """Quote a name for SQL."""
    return '"' + name.replace('"', '""') + '"'


def literal(value: str) -> str:
    """Quote a string for SQL."""
    escaped = value.replace("'", "''").replace("\\", "\\\\")
    return f" E'{escaped}'"


def slot_name(resource_id: str) -> str:
    """Return the replication slot of a replica."""
    return "rds_" + resource_id.lower().replace("-", "_")


def leftovers(data: Path) -> list[int]:
    """Return the processes that work in a data folder: a stopped backend outlives its killed postmaster."""
    found = []
    for entry in os.scandir("/proc"):
        if entry.name.isdigit():
            try:
                if os.readlink(f"{entry.path}/cwd") == str(data):  # noqa: PTH115 - the link's text, even if it is gone
                    found.append(int(entry.name))
            except OSError:
                continue
    return found


def _ensure_role(name: str, options: str) -> str:
    return (
        f"DO $do$ BEGIN CREATE ROLE {identifier(name)} {options}; EXCEPTION WHEN duplicate_object THEN NULL; END $do$"
    )


def _quoted(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"
