"""Loopback addresses of an instance: three ranges that no other instance has, and the table of who has which address.

127.b.0.0/16 is the first region, 127.(b+1) the second, 127.(b+2) what belongs to no region.
"""

import hashlib
import json
import random
import socket
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from localcloud.core.errors import RefusedError
from localcloud.core.listeners import Listener, listeners

FIRST: Final = 12
LAST: Final = 249
WIDTH: Final = 3

AWS_PORT: Final = 4566


@dataclass(frozen=True)
class Layout:
    """The fixed addresses of an instance whose first range is 127.`base`."""

    base: int
    regions: tuple[str, ...]
    witness: str

    def prefix(self, region: str | None) -> str:
        """Return `127.x` of a region, or of what belongs to none (the witness too)."""
        offset = self.regions.index(region) if region in self.regions else WIDTH - 1
        return f"127.{self.base + offset}"

    @property
    def aws(self) -> str:
        """Where AWS's API answers in plain HTTP, for callers outside the instance."""
        return f"{self.prefix(None)}.0.10"

    @property
    def dns(self) -> str:
        """Where the instance's DNS answers."""
        return f"{self.prefix(None)}.0.53"

    @property
    def edge(self) -> str:
        """Where the edge (CloudFront) answers."""
        return f"{self.prefix(None)}.0.80"

    def gate(self, region: str) -> str:
        """Return where AWS's own endpoint names of a region lead (TLS, 443)."""
        return f"{self.prefix(None)}.0.12" if region == self.witness else f"{self.prefix(region)}.0.10"


def take_ranges(seed: int | None = None, *, first: int | None = None) -> tuple[int, socket.socket]:
    """Take three neighbouring free ranges; return the first one's number, and the lock: open as long as they are ours.

    `first` is tried before all others.
    The lock is a name of the abstract socket namespace. That is the network's own, as the addresses are, and needs no
    file that somebody else could have put there. A range in which somebody else listens is left out. Raises
    RefusedError when every range is taken.
    """
    busy = loopback_ranges(listeners())
    candidates = list(range(FIRST, LAST - WIDTH + 1, WIDTH))
    random.Random(seed).shuffle(candidates)
    if first is not None:
        candidates.sort(key=lambda base: base != first)
    for base in candidates:
        lock = socket.socket(socket.AF_UNIX)
        try:
            lock.bind(f"\0localcloud-range-{base}")
        except OSError:
            lock.close()
            continue
        if busy & set(range(base, base + WIDTH)):
            lock.close()
            continue
        return base, lock
    raise RefusedError("no_address_range", "every loopback range is taken by a running local cloud", "stop one of them")


def loopback_ranges(listening: Iterable[Listener]) -> set[int]:
    """Return the second numbers of the loopback addresses on which somebody listens (127.`b`.…)."""
    addresses = [one.address.split(".") for one in listening if one.address.startswith("127.")]
    return {int(parts[1]) for parts in addresses}


class AddressTable:
    """Gives each key an address under a prefix; the same key has the same address as long as the file lives.

    x.0.* is reserved for the fixed addresses.
    """

    def __init__(self, prefix: str, file: Path) -> None:
        self._prefix = prefix
        self._file = file
        self._table: dict[str, str] = json.loads(file.read_text()) if file.exists() else {}

    def address(self, key: str) -> str:
        """Return the address of `key`; the first call chooses it."""
        known = self._table.get(key)
        if known is not None:
            return known
        taken = set(self._table.values())
        number = int.from_bytes(hashlib.sha256(key.encode()).digest()[:4], "big")
        while (chosen := f"{self._prefix}.{1 + number // 254 % 254}.{1 + number % 254}") in taken:
            number += 1
        self._table[key] = chosen
        temporary = self._file.with_suffix(".new")
        temporary.write_text(json.dumps(self._table))
        temporary.replace(self._file)
        return chosen
