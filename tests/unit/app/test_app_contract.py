import tomllib
from pathlib import Path

from app.contract import writer_contract
from app.renewer import TURN_S

ROOT = Path(__file__).parents[3]


def test_the_apps_copy_of_the_contract_is_the_estates() -> None:
    assert (ROOT / "app/writer_lease.json").read_bytes() == (ROOT / "estate/writer_lease.json").read_bytes()


def test_the_contract_is_what_the_types_say_and_its_periods_fit_together() -> None:
    contract = writer_contract()
    periods = contract.periods
    assert contract.fence.sqlstate == "25006"
    assert contract.items.replica_beat.sk.format(region="r") == "replica#r"
    assert periods.confirm_s < periods.lease_s / 2
    assert periods.fence_extension_s <= periods.lease_s
    assert periods.beat_s >= TURN_S


def test_the_app_is_packaged_with_its_contract() -> None:
    packages = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["hatch"]["build"]["targets"]["wheel"][
        "packages"
    ]
    assert "app" in packages
