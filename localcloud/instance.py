"""What every process of an instance knows: written once by the supervisor, read by those that it starts."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from localcloud.addresses import Layout
from localcloud.certificates import Authority


@dataclass(frozen=True)
class Instance:
    """An instance's folders, regions, addresses and settings."""

    folder: Path
    registry: Path
    regions: tuple[str, ...]
    witness: str
    base: int
    settings: dict[str, float]

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

    def scope_folder(self, region: str | None) -> Path:
        """Return the run folder of a region, or of what belongs to none."""
        return self.run / (region or "global")

    def save(self) -> Path:
        """Write the instance for the processes that are started. Return the file."""
        file = self.run / "instance.json"
        document = {**asdict(self), "folder": str(self.folder), "registry": str(self.registry)}
        file.write_text(json.dumps(document))
        return file


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
    )
