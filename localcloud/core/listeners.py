"""Who listens on this machine, as /proc tells it: port, address and process."""

import contextlib
import ipaddress
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

PROC: Final = Path("/proc")
LISTENING: Final = {"tcp": "0A", "tcp6": "0A", "udp": "07", "udp6": "07"}
"""A socket's state in /proc/net, by file: a datagram socket that is bound to no peer is 07."""


@dataclass(frozen=True)
class Listener:
    """A socket that waits on a port. `inode` leads to the process that holds it."""

    protocol: str
    address: str
    port: int
    inode: int

    @property
    def takes_all(self) -> bool:
        """Whether it waits on every address of the machine."""
        return ipaddress.ip_address(self.address).is_unspecified


def listeners(proc: Path = PROC) -> list[Listener]:
    """Return every socket that listens in this network namespace."""
    found = []
    for protocol, state in LISTENING.items():
        with contextlib.suppress(OSError):  # a kernel without IPv6
            found += list(_parsed((proc / "net" / protocol).read_text(), protocol, state))
    return found


def _parsed(text: str, protocol: str, state: str) -> Iterator[Listener]:
    for line in text.splitlines()[1:]:
        fields = line.split()
        if fields[3] == state:
            address, _, port = fields[1].partition(":")
            yield Listener(protocol.removesuffix("6"), _address(address), int(port, 16), int(fields[9]))


def _address(digits: str) -> str:
    """Return an address that the kernel prints as words of 32 bits in the machine's own order (little-endian)."""
    words = [bytes.fromhex(digits[start : start + 8])[::-1] for start in range(0, len(digits), 8)]
    address = ipaddress.ip_address(b"".join(words))
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return str(mapped or address)


def holders(inodes: Collection[int], proc: Path = PROC) -> dict[int, tuple[int, str]]:
    """Return who holds these sockets: inode → (pid, program). Those of other users are seen by root alone."""
    wanted = {f"socket:[{inode}]": inode for inode in inodes}
    found: dict[int, tuple[int, str]] = {}
    for folder in proc.iterdir():
        if folder.name.isdigit():
            with contextlib.suppress(OSError):  # it ended, or is another user's
                for descriptor in (folder / "fd").iterdir():
                    inode = wanted.get(str(descriptor.readlink()))
                    if inode is not None:
                        found.setdefault(inode, (int(folder.name), _program(folder)))
    return found


def _program(folder: Path) -> str:
    with contextlib.suppress(OSError):
        return (folder / "comm").read_text().strip()
    return "?"
