from pathlib import Path

from localcloud.core.addresses import AddressTable, Layout, loopback_ranges, take_ranges
from localcloud.core.listeners import Listener


def test_a_key_keeps_its_address_and_no_two_keys_share_one(tmp_path: Path) -> None:
    table = AddressTable("127.60", tmp_path / "table.json")
    given = {f"task/{n}": table.address(f"task/{n}") for n in range(500)}
    assert len(set(given.values())) == 500
    assert {key: table.address(key) for key in given} == given
    again = AddressTable("127.60", tmp_path / "table.json")
    assert {key: again.address(key) for key in given} == given


def test_the_fixed_addresses_are_never_given_away(tmp_path: Path) -> None:
    table = AddressTable("127.60", tmp_path / "table.json")
    assert all(table.address(f"k{n}").split(".")[2] != "0" for n in range(300))


def test_two_that_take_ranges_get_different_ones_even_from_the_same_start() -> None:
    (one, its_lock), (two, other_lock) = take_ranges(seed=1), take_ranges(seed=1)
    with its_lock, other_lock:
        assert abs(one - two) >= 3
    assert min(one, two) > 9


def test_a_range_that_had_an_instance_before_is_taken_again_while_it_is_free() -> None:
    base, lock = take_ranges()
    lock.close()
    same, held = take_ranges(first=base)
    with held:
        assert same == base
        other, another = take_ranges(first=base)
        with another:
            assert other != base


def test_regions_have_ranges_of_their_own_and_the_witness_none() -> None:
    layout = Layout(30, ("us-east-1", "us-west-2"), "us-east-2")
    assert layout.prefix("us-east-1") == "127.30"
    assert layout.prefix("us-west-2") == "127.31"
    assert layout.prefix(None) == layout.prefix("us-east-2") == "127.32"
    gates = [layout.gate(region) for region in ("us-east-1", "us-west-2", "us-east-2")]
    assert len({*gates, layout.aws, layout.dns, layout.edge}) == 6


def test_a_range_in_which_somebody_listens_is_known() -> None:
    addresses = ("127.0.0.1", "127.60.0.80", "0.0.0.0", "::1", "10.127.3.4", "127.61.9.9")
    assert loopback_ranges([Listener("tcp", address, 80, 1) for address in addresses]) == {0, 60, 61}
