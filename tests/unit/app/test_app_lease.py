import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.lease import LeaseItem, Ticket, WriterLease

EAST, WEST = "us-east-1", "us-west-2"


def lease() -> WriterLease:
    return WriterLease(region=EAST, lease_s=10, answer_s=3)


def item(holder: str = EAST, epoch: int = 3, state: str = "open", traffic: str = EAST) -> LeaseItem:
    return LeaseItem(holder, epoch, state, traffic)


def test_nothing_is_allowed_before_the_first_confirmation() -> None:
    fresh = lease()
    assert fresh.write_status(0).reason == "never_confirmed"
    assert fresh.ticket(0) is None
    assert not fresh.takes_traffic
    assert fresh.epoch is None


def test_a_confirmation_counts_from_before_the_read_was_sent() -> None:
    confirmed = lease()
    confirmed.confirm(item(), sent_at=100)
    assert confirmed.write_status(109.9).is_open
    assert confirmed.write_status(110).reason == "confirmation_too_old"


@pytest.mark.parametrize(
    ("found", "reason"),
    [
        (None, "no_lease"),
        (item(holder=WEST), "held_elsewhere"),
        (item(state="draining"), "not_open"),
        (item(state="taken"), "not_open"),
        (item(state="promoting"), "not_open"),
        (item(), "open"),
    ],
)
def test_what_was_found_decides(found: LeaseItem | None, reason: str) -> None:
    confirmed = lease()
    confirmed.confirm(found, sent_at=0)
    assert confirmed.write_status(1).reason == reason
    assert (confirmed.ticket(1) is not None) == (reason == "open")


def test_a_ticket_ends_with_the_lease() -> None:
    confirmed = lease()
    confirmed.confirm(item(), sent_at=0)
    ticket = confirmed.ticket(8)
    assert confirmed.honours(ticket, 9)
    assert not confirmed.honours(ticket, 10)


def test_a_ticket_ends_soon_although_the_lease_goes_on() -> None:
    confirmed = lease()
    confirmed.confirm(item(), sent_at=0)
    ticket = confirmed.ticket(1)
    confirmed.confirm(item(), sent_at=3)
    assert confirmed.honours(ticket, 4)
    assert not confirmed.honours(ticket, 4.1)


def test_a_ticket_of_an_older_epoch_is_not_honoured_even_when_the_lease_came_back() -> None:
    confirmed = lease()
    confirmed.confirm(item(epoch=3), sent_at=0)
    ticket = confirmed.ticket(1)
    confirmed.confirm(item(holder=WEST, epoch=4), sent_at=2)
    confirmed.confirm(item(epoch=5), sent_at=3)
    assert confirmed.write_status(4).is_open
    assert not confirmed.honours(ticket, 4)
    assert not confirmed.honours(None, 4)
    assert confirmed.ticket(4) == Ticket(5, 4)


def test_a_read_that_was_sent_earlier_or_shows_a_lower_epoch_changes_nothing() -> None:
    confirmed = lease()
    assert confirmed.confirm(item(holder=WEST, epoch=4), sent_at=5)
    assert not confirmed.confirm(item(epoch=3), sent_at=6)
    assert not confirmed.confirm(item(epoch=9), sent_at=4)
    assert not confirmed.confirm(None, sent_at=7)
    assert confirmed.write_status(6).reason == "held_elsewhere"


def test_traffic_stands_while_the_table_cannot_be_read() -> None:
    confirmed = lease()
    confirmed.confirm(item(holder=WEST, traffic=EAST), sent_at=0)
    assert confirmed.takes_traffic
    assert confirmed.write_status(10_000).reason == "held_elsewhere"
    confirmed.confirm(item(epoch=4, traffic=WEST), sent_at=10_001)
    assert not confirmed.takes_traffic


@given(
    st.lists(
        st.tuples(
            st.sampled_from([EAST, WEST]), st.integers(1, 5), st.sampled_from(["open", "taken"]), st.floats(0, 50)
        )
    ),
    st.floats(0, 100),
)
def test_open_means_a_young_confirmation_that_says_so(reads: list[tuple[str, int, str, float]], now: float) -> None:
    confirmed = lease()
    for holder, epoch, state, sent_at in reads:
        confirmed.confirm(item(holder, epoch, state), sent_at=sent_at)
    if confirmed.write_status(now).is_open:
        assert any(h == EAST and s == "open" and now - at < 10 and e == confirmed.epoch for h, e, s, at in reads)
        assert confirmed.epoch == max(e for _, e, _, at in reads if e <= (confirmed.epoch or 0))
