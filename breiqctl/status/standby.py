"""Would a failover work now: the gates that `failover` asks, asked in the recovery region alone, and only to read."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from aws.errors import AwsError
from breiqctl.status.findings import Findings
from estate.errors import BreiqError
from operations.step import Checked, Refusal

if TYPE_CHECKING:
    from aws.session import Session
    from dr.lag import Lag
    from estate.config import Environment
    from operations.table import Table

ANY_LOSS: Final = float("inf")
"""Whether the loss is acceptable is for who fails over; what is asked here is whether it is known."""


@dataclass(frozen=True)
class Gates:
    """The recovery region and its gates' answers. None: they could not be asked, or it is not known which region it is.

    `why` is what could not be read.
    """

    to_region: str | None = None
    answers: Sequence[Checked] | None = None
    why: str | None = None


def ask(environment: "Environment", found: Findings, session: "Session", table: "Table") -> Gates:
    """Return the gates' answers for a failover to the session's region; what could not be read is noted in `found`."""
    region = session.region
    what = f"failover gates in {region}"
    answers = found.read(what, None, lambda: _answers(environment, session, table))
    return Gates(region, answers, found.unknown[what].message if answers is None else None)


def _answers(environment: "Environment", session: "Session", table: "Table") -> list[Checked]:
    from dr.facts import FailoverParams, read_facts
    from dr.gates import ask_gates
    from operations.clock import SystemClock
    from operations.step import StepContext

    try:
        facts = read_facts(environment, session, table)
    except AwsError:
        raise
    except BreiqError as error:  # it is not as a failover needs it: `failover` refuses for the same reason
        return [Checked("estate", Refusal(error.code, error.message, error.remedy or ""))]
    params = FailoverParams(to_region=session.region, accept_data_loss_s=ANY_LOSS)
    context = StepContext(
        operation_id="", clients=lambda _region: session, clock=SystemClock(), emit=lambda _event: None
    )
    return ask_gates(params, facts, context, table)


def document(gates: Gates, lag: "Lag | None", supersede: str | None = None) -> dict[str, Any] | None:
    """Return the part `failover` of `breiq.status/1`; null when the recovery region is not known.

    `supersede` is the operation that holds the lock, and lets a failover have it only where that one names it.
    """
    if gates.to_region is None:
        return None
    answers = gates.answers or ()
    refusal = next((one.refusal for one in answers if one.refusal is not None), None)
    return {
        "to_region": gates.to_region,
        "possible": None if gates.answers is None else refusal is None,
        "supersede": supersede,
        "limit_s": lag.limit_s if lag is not None else None,
        "code": refusal.code if refusal else None,
        "reason": refusal.reason if refusal else gates.why,
        "remedy": (refusal.remedy or None) if refusal else None,
        "waiver": refusal.waiver if refusal else None,
        "gates": [
            {"name": one.name, "ok": one.refusal is None, "reason": one.refusal.reason if one.refusal else None}
            for one in answers
        ],
    }
