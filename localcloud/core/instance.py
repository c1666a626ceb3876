"""What every process of an instance knows: written once by the supervisor, read by those that it starts."""

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from localcloud.core.addresses import Layout
from localcloud.core.certificates import Authority
from localcloud.core.keys import Keys

UNUSED_USERS: Final = 1_879_048_192
"""From here on systemd's table of user ids has no use. https://systemd.io/UIDS-GIDS/"""
LOW_USERS: Final = 64_600
"""Where a container knows no such high ids: among those that no distribution gives to accounts."""


@dataclass(frozen=True)
class Instance:
    """An instance's folders, regions, addresses and settings."""

    folder: Path
    registry: Path
    regions: tuple[str, ...]
    witness: str
    base: int
    settings: dict[str, float]
    keys: Keys

    @property
    def layout(self) -> Layout:
        """The fixed addresses."""
        return Layout(self.base, self.regions, self.witness)

    @property
    def authority(self) -> Authority:
        """The certificate authority (kept when the instance goes down)."""
        return Authority(self.folder / "ca")

    @property
    def logs(self) -> Path:
        """One file a process."""
        return self.folder / "logs"

    @property
    def run(self) -> Path:
        """What lives as long as the instance."""
        return self.folder / "run"

    @property
    def socket(self) -> Path:
        """The supervisor's socket."""
        return self.folder / "supervisor.sock"

    @property
    def task_user(self) -> int | None:
        """The user id that the instance's tasks run as, which no account has; None: they run as we do, who are not
        root.
        """
        return None if os.geteuid() else free_user(self.base, Path("/proc/self/uid_map").read_text())

    @property
    def api_socket(self) -> Path:
        """Where the record's process answers the gate and the controllers."""
        return self.run / "api.sock"

    def scope_folder(self, region: str | None) -> Path:
        """Return the run folder of a region, or of what belongs to none."""
        return self.run / (region or "global")

    def save(self) -> Path:
        """Write the instance for the processes that are started. Return the file."""
        file = self.run / "instance.json"
        document = {**asdict(self), "folder": str(self.folder), "registry": str(self.registry)}
        file.write_text(json.dumps(document))
        return file


def free_user(base: int, uid_map: str) -> int:
    """Return a user id of an instance's own; `uid_map`: the ids that exist here (user_namespaces(7))."""
    wanted = UNUSED_USERS + base
    ranges = [(int(first), int(count)) for first, _, count in map(str.split, uid_map.splitlines())]
    return wanted if any(first <= wanted < first + count for first, count in ranges) else LOW_USERS + base


def load(file: str) -> Instance:
    """Read what the supervisor wrote."""
    document = json.loads(Path(file).read_text())
    return Instance(
        folder=Path(document["folder"]),
        registry=Path(document["registry"]),
        regions=tuple(document["regions"]),
        witness=document["witness"],
        base=document["base"],
        settings=document["settings"],
        keys=Keys(**document["keys"]),
    )
