"""What a machine lacks is found before anything is started: each thing named, with what fixes it."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from localcloud.core.errors import RefusedError
from localcloud.core.listeners import Listener, holders, listeners
from localcloud.core.machine import (
    DESCRIPTORS,
    DISK_BYTES,
    FOLDER_LENGTH,
    INODES,
    MEMORY_BYTES,
    PACKAGES,
    PROCESSES,
    SHARED_MEMORY_BYTES,
    Facts,
    Holder,
    judge,
    refuse,
)

GOOD = Facts(
    folder="/var/tmp/breiq-0123456789",
    user="root",
    is_root=True,
    programs={name: f"/usr/bin/{name}" for name in PACKAGES},
    has_ca_bundle=True,
    has_postgres_user=True,
    closed_folder=None,
    unwritable_folder=None,
    namespaces=None,
    switch_user=None,
    refused_ports=[],
    taken={},
    descriptors=DESCRIPTORS,
    processes=None,
    free_disk_bytes=DISK_BYTES,
    free_inodes=INODES,
    free_memory_bytes=MEMORY_BYTES,
    shared_memory_bytes=SHARED_MEMORY_BYTES,
)
USER = replace(GOOD, is_root=False, user="anna", has_postgres_user=False, switch_user="never asked")
NGINX = Holder("0.0.0.0", "tcp", 4242, "nginx")


def lacking(facts: Facts) -> list[str]:
    checks = judge(facts)
    assert all(check.found for check in checks)
    assert all((check.remedy is None) == check.ok for check in checks)
    return [check.code for check in checks if not check.ok]


def test_a_good_machine_lacks_nothing() -> None:
    assert lacking(GOOD) == []
    assert lacking(USER) == []
    refuse(judge(GOOD))


@pytest.mark.parametrize(
    ("change", "code", "words"),
    [
        ({"programs": {**GOOD.programs, "nginx": None}}, "missing_program", ("nginx", "apt-get install")),
        ({"has_ca_bundle": False}, "missing_ca_bundle", ("ca-certificates.crt", "update-ca-certificates")),
        ({"namespaces": "unshare: Operation not permitted"}, "no_namespaces", ("not permitted", "SYS_ADMIN")),
        ({"has_postgres_user": False}, "no_postgres_user", ("postgres", "adduser")),
        ({"switch_user": "setresuid failed"}, "cannot_switch_user", ("setresuid", "SETUID")),
        ({"refused_ports": [53, 80]}, "ports_not_allowed", ("53, 80", "NET_BIND_SERVICE")),
        ({"taken": {443: [NGINX]}}, "port_taken", ("nginx (pid 4242) on 0.0.0.0", "kill 4242")),
        ({"taken": {53: [Holder("::", "udp", None, "")]}}, "port_taken", ("another user or container", "ss -ltnup")),
        ({"taken": {8000: []}}, "port_taken", ("somebody holds it", "ss -ltnup")),
        ({"folder": "/srv/lc"}, "folder_unusable", ("/srv/lc", "BREIQ_LOCAL_DIR")),
        ({"folder": "/" + "x" * FOLDER_LENGTH}, "folder_unusable", ("61 bytes", "BREIQ_LOCAL_DIR")),
        ({"folder": "/var/tmp/a b"}, "folder_unusable", ("a space", "BREIQ_LOCAL_DIR")),
        ({"unwritable_folder": "/srv"}, "folder_unwritable", ("/srv", "chown root /srv")),
        ({"closed_folder": "/root"}, "folder_closed", ("/root", "chmod o+x /root")),
        ({"descriptors": DESCRIPTORS - 1}, "few_descriptors", ("1023", "ulimit -Hn")),
        ({"processes": PROCESSES - 1}, "few_processes", ("399", "pids-limit")),
        ({"free_disk_bytes": DISK_BYTES - 1}, "no_disk", ("1023 MiB", "free space")),
        ({"free_inodes": INODES - 1}, "no_inodes", ("19999", "df -i")),
        ({"free_memory_bytes": MEMORY_BYTES - 1}, "no_memory", ("1535 MiB", "memory")),
        ({"shared_memory_bytes": 0}, "no_shared_memory", ("0 MiB", "shm-size")),
    ],
)
def test_each_thing_that_is_missing_is_refused_with_what_mends_it(
    change: dict[str, Any], code: str, words: tuple[str, str]
) -> None:
    checks = judge(replace(GOOD, **change))
    assert [check.code for check in checks if not check.ok] == [code]
    with pytest.raises(RefusedError) as refused:
        refuse(checks)
    assert refused.value.code == code
    assert words[0] in refused.value.message
    assert words[1] in refused.value.remedy


def test_all_that_is_missing_is_told_at_once() -> None:
    facts = replace(GOOD, programs=dict.fromkeys(PACKAGES), has_ca_bundle=False, taken={80: [NGINX], 443: [NGINX]})
    with pytest.raises(RefusedError) as refused:
        refuse(judge(facts))
    assert all(word in refused.value.message for word in ("haproxy", "postgres", "port 80", "port 443", "authorities"))
    assert refused.value.remedy.count("apt-get update") == 1
    assert refused.value.remedy.count("kill 4242") == 1


def test_a_user_is_told_what_a_user_can_do() -> None:
    assert "unprivileged_userns_clone" in str(judge(replace(USER, namespaces="denied")))
    assert "ip_unprivileged_port_start=0" in str(judge(replace(USER, refused_ports=[53])))


TABLE = (
    "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"
    "   0: 00000000:0050 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 111 1\n"
    "   1: 0B00007F:01BB 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 222 1\n"
    "   2: 0B00007F:C350 0A00007F:01BB 01 00000000:00000000 00:00000000 00000000     0        0 333 1\n"
)
TABLE6 = (
    "  sl  local_address                         remote_address  st tx_queue rx_queue tr tm->when retrnsmt uid timeout inode\n"
    f"   0: {'0' * 32}:0035 {'0' * 32}:0000 0A 00000000:00000000 00:00000000 00000000     0        0 444 1\n"
    f"   1: 0000000000000000FFFF00000100007F:0016 {'0' * 32}:0000 0A 0:0 00:00000000 00000000 0 0 555 1\n"
)


def test_listeners_are_read_from_the_kernels_tables(tmp_path: Path) -> None:
    (tmp_path / "net").mkdir()
    (tmp_path / "net" / "tcp").write_text(TABLE)
    (tmp_path / "net" / "tcp6").write_text(TABLE6)
    found = listeners(tmp_path)
    assert found == [
        Listener("tcp", "0.0.0.0", 80, 111),
        Listener("tcp", "127.0.0.11", 443, 222),
        Listener("tcp", "::", 53, 444),
        Listener("tcp", "127.0.0.1", 22, 555),
    ]
    assert [one.takes_all for one in found] == [True, False, True, False]


def test_a_listeners_process_is_named(tmp_path: Path) -> None:
    folder = tmp_path / "77" / "fd"
    folder.mkdir(parents=True)
    (tmp_path / "77" / "comm").write_text("nginx\n")
    (folder / "3").symlink_to("socket:[111]")
    (folder / "4").symlink_to("socket:[999]")
    (tmp_path / "self").mkdir()
    assert holders({111, 222}, tmp_path) == {111: (77, "nginx")}
