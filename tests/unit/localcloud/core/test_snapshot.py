import asyncio
import socket
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from localcloud.core import snapshot
from localcloud.core.errors import RefusedError
from localcloud.core.instance import Instance
from localcloud.core.keys import make_keys


def instance(folder: Path, **changes: Any) -> Instance:
    made = Instance(
        folder, folder / "registry", ("us-east-1", "us-west-2"), "us-east-2", 30, {"dns_ttl_s": 1.0}, make_keys()
    )
    return replace(made, **changes)


def taken(held: Instance, key: str) -> None:
    place = snapshot.folder(held)
    (place / "run").mkdir(parents=True)
    (place / "key").write_text(key)
    held.run.mkdir()
    held.save().rename(place / "run" / "instance.json")


def test_a_snapshot_is_found_by_its_key_with_its_own_addresses_and_keys(tmp_path: Path) -> None:
    held = instance(tmp_path)
    taken(held, "one")
    wanted = instance(tmp_path, base=0)
    assert snapshot.find(wanted, "one") == held
    assert snapshot.find(wanted, "two") is None
    assert snapshot.find(replace(wanted, settings={"dns_ttl_s": 60.0}), "one") is None
    assert snapshot.find(replace(wanted, witness="eu-west-1"), "one") is None


@pytest.mark.parametrize("text", ["", "{", "[]", '{"folder": 1}'])
def test_a_damaged_snapshot_is_none(tmp_path: Path, text: str) -> None:
    held = instance(tmp_path)
    taken(held, "one")
    (snapshot.folder(held) / "run" / "instance.json").write_text(text)
    assert snapshot.find(instance(tmp_path), "one") is None
    assert snapshot.find(instance(tmp_path / "nothing"), "one") is None


class Table:
    """Processes that take signals."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, str]] = []
        order = type("Order", (), {"kind": "postgres"})
        other = type("Order", (), {"kind": "task"})
        self.all = [
            type("Process", (), {"order": order, "name": "db"}),
            type("Process", (), {"order": other, "name": "t"}),
        ]

    def running(self) -> list[Any]:
        return self.all

    def send_signal(self, process: Any, name: str) -> None:
        self.sent.append((process.name, name))


def test_databases_stand_still_while_they_are_copied_and_sockets_are_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    held, table = instance(tmp_path), Table()
    (held.run / "pg").mkdir(parents=True)
    (held.run / "pg" / "data").write_text("rows")
    held.save()
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(held.run / "s"))

        async def write_record(_: Path, __: str, ___: str, document: dict[str, str]) -> dict[str, Any]:
            Path(document["file"]).write_text("record")
            return {}

        monkeypatch.setattr(snapshot, "http_json", write_record)
        asyncio.run(snapshot.take(held, table, "one"))  # type: ignore[arg-type]
    assert table.sent == [("db", "SIGSTOP"), ("db", "SIGCONT")]
    assert snapshot.find(held, "one") == held
    assert snapshot.record_file(held).read_text() == "record"

    (held.run / "pg" / "data").write_text("changed")
    snapshot.put_back(held)
    assert (held.run / "pg" / "data").read_text() == "rows"
    assert not (held.run / "s").exists()


def test_a_record_that_cannot_be_written_leaves_no_snapshot(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    held, table = instance(tmp_path), Table()
    held.run.mkdir()

    async def refuse(*_: Any) -> dict[str, Any]:
        return {"error": "TypeError: cannot pickle 'generator'"}

    monkeypatch.setattr(snapshot, "http_json", refuse)
    with pytest.raises(RefusedError, match="generator"):
        asyncio.run(snapshot.take(held, table, "one"))  # type: ignore[arg-type]
    assert table.sent == []
    assert snapshot.find(held, "one") is None
