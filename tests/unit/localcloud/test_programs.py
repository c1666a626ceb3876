import base64
import hashlib
import hmac
import re
from pathlib import Path

from localcloud.programs import postgres, redis


def _conf(parameters: dict[str, str]) -> str:
    return postgres.configuration(
        address="127.60.1.1",
        port=5432,
        socket_folder=Path("/s"),
        certificate=Path("/c"),
        key=Path("/k"),
        parameters=parameters,
    )


def test_postgres_takes_the_parameter_group_s_values_but_not_what_is_the_machine_s() -> None:
    parameters = {
        "max_connections": "90",
        "shared_buffers": "{DBInstanceClassMemory/32768}",
        "work_mem": "{Memory}",
        "rds.force_ssl": "1",
        "search_path": "it's",
        "shared_preload_libraries": "pg_stat_statements,rdsutils",
    }
    lines = _conf(parameters).splitlines()
    assert "max_connections = '90'" in lines
    assert "search_path = 'it''s'" in lines
    assert "shared_preload_libraries = 'pg_stat_statements'" in lines
    assert "shared_buffers = '32MB'" in lines
    assert not any(line.startswith(("work_mem", "rds.")) for line in lines)


def test_postgres_asks_for_tls_unless_the_parameter_group_waives_it() -> None:
    assert postgres.access_rules({}).splitlines()[-1].startswith("hostssl all all")
    assert postgres.access_rules({"rds.force_ssl": "0"}).splitlines()[-1].startswith("host all all")


def test_the_administrator_is_let_in_by_the_socket_alone() -> None:
    rules = [line.split() for line in postgres.access_rules({}).splitlines()]
    first_match = next(rule for rule in rules if rule[0].startswith("host") and postgres.ADMIN in rule[2].split(","))
    assert first_match[-1] == "reject"


def test_quotes_cannot_leave_their_strings() -> None:
    assert postgres.literal("a'b\\c") == " E'a''b\\\\c'"
    assert postgres.identifier('a"b') == '"a""b"'


def _redis(**options: object) -> list[str]:
    defaults: dict[str, object] = {
        "address": "127.60.1.2",
        "port": 6379,
        "folder": Path("/f"),
        "certificate": Path("/c"),
        "key": Path("/k"),
        "ca_file": Path("/ca"),
        "tls": True,
        "token": 'to"ken',
        "primary": None,
        "parameters": {},
    }
    return redis.configuration(**{**defaults, **options}).splitlines()  # type: ignore[arg-type]


def test_redis_with_tls_has_no_plain_port() -> None:
    lines = _redis()
    assert "port 0" in lines
    assert "tls-port 6379" in lines
    assert 'requirepass "to\\"ken"' in lines
    assert not any(line.startswith("replicaof") for line in lines)


def test_a_redis_replica_follows_its_primary_with_the_token() -> None:
    lines = _redis(primary="127.60.1.9")
    assert "replicaof 127.60.1.9 6379" in lines
    assert 'masterauth "to\\"ken"' in lines


def test_redis_without_tls_listens_plainly_and_ignores_parameters_that_are_ours() -> None:
    lines = _redis(tls=False, token=None, parameters={"bind": "0.0.0.0", "maxmemory-policy": "noeviction"})
    assert "port 6379" in lines
    assert not any(line.startswith(("tls-", "requirepass")) for line in lines)
    assert "bind 127.60.1.2" in lines
    assert 'bind "0.0.0.0"' not in lines
    assert 'maxmemory-policy "noeviction"' in lines


def test_a_role_s_password_is_set_and_not_said() -> None:
    statement = postgres.set_password("owner", "pass'word")
    assert "pass" not in statement.replace("PASSWORD", "")
    found = re.fullmatch(r"""ALTER ROLE "owner" PASSWORD  E'SCRAM-SHA-256\$4096:(\S+)\$(\S+):(\S+)'""", statement)
    assert found
    salt, stored, server = (base64.b64decode(part) for part in found.groups())
    salted = hashlib.pbkdf2_hmac("sha256", b"pass'word", salt, 4096)
    assert hashlib.sha256(hmac.digest(salted, b"Client Key", "sha256")).digest() == stored
    assert hmac.digest(salted, b"Server Key", "sha256") == server
