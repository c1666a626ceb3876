"""Drill: the primary's region is lost, and the service fails over. One run of it.

    steady state → fault → no good answer for 2 s → failover → recovery watched → ledger → fault lifted
                 → the old region refuses writes → steady state

Everything is seen from outside, by a prober that goes through the public address like a user. Whatever happens, the
fault is lifted.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Final

from dr.drills.experiment import DrillAborted, Laboratory
from dr.drills.findings import Findings
from dr.drills.old_region import Answer, log_in, write_straight
from dr.drills.watch import silence_s, unrecovered, unsteady
from dr.facts import FailoverParams, read_facts
from dr.failover import FAILOVER
from dr.gates import first_refusal
from dr.lease import read_lease
from dr.ledger import balance, entries, read_back
from estate import objectives, topology
from estate.errors import BreiqError
from operations.engine import new_operation_id
from operations.prober import Prober, ProberConfig, new_account, start_prober
from operations.step import Event, StepContext
from operations.table import RegionalTable

NAME: Final = "region-loss"
RATE: Final = 20.0
BEFORE_S: Final = 10.0
AFTER_S: Final = 10.0
DETECT_S: Final = 2.0
FAULT_DEADLINE_S: Final = 600.0
STEADY_DEADLINE_S: Final = 60.0
DETECT_DEADLINE_S: Final = 60.0
RECOVERY_DEADLINE_S: Final = 120.0
RETURN_DEADLINE_S: Final = 90.0
POLL_S: Final = 0.1


class RegionLoss:
    """One run. `folder` gets the samples; `run_id` names its writes."""

    def __init__(
        self, laboratory: Laboratory, *, to_region: str | None, run_id: str, folder: Path, number: int
    ) -> None:
        self._lab, self._run_id, self._folder = laboratory, run_id, folder
        self._to_region = to_region
        self._account = new_account(run_id)
        self._found = Findings(number=number)

    def run(self) -> Findings:
        """Run it and return what was found.

        Raises DrillAborted when it could not be brought to an end, and BreiqError when it was refused: then nothing was
        touched.
        """
        self._plan()
        config = ProberConfig(
            site_url=self._lab.place.site_url,
            ca_file=self._lab.place.ca_file,
            samples_file=str(self._folder / f"samples-{self._found.number}.jsonl"),
            run_id=self._run_id,
            account=self._account,
            reads_per_s=RATE,
            writes_per_s=RATE,
        )
        with start_prober(config) as prober:
            try:
                self._wait_for_steady_state(prober)
                self._lose_and_recover(prober)
                self._wait(
                    lambda: self._unsteady(prober, self._found.to_region), STEADY_DEADLINE_S, "steady state afterwards"
                )
                self._found.steady_after = True
            finally:
                self._found.samples = prober.stop()
        if self._found.ledger is None:
            raise self._aborted("there is no ledger")
        return self._found

    def _plan(self) -> None:
        """Learn who is primary, and refuse before anything is touched when a failover would be refused."""
        regions = list(self._lab.environment.regions)
        holder = read_lease(RegionalTable([self._lab.table(region) for region in regions])).holder
        to_region = self._to_region or self._lab.environment.other_region(holder)
        self._lab.engine(to_region).check_unlocked(FAILOVER)
        facts = read_facts(self._lab.environment, self._lab.clients(to_region), self._lab.table(to_region))
        self._found.facts, self._found.from_region, self._found.to_region = facts, facts.from_region, to_region
        ctx = StepContext(operation_id="", clients=self._lab.clients, clock=self._lab.clock, emit=self._lab.emit)
        refusal = first_refusal(self._params(), facts, ctx, self._lab.table(to_region))
        if refusal is not None:
            raise BreiqError(
                refusal.code,
                "refused",
                f"the drill was not begun, because a failover to {to_region} would be refused: {refusal.reason}",
                remedy="breiqctl local reset" if self._lab.reset else refusal.remedy or None,
            )

    def _params(self) -> FailoverParams:
        return FailoverParams(to_region=self._found.to_region, accept_data_loss_s=objectives.RPO_S)

    def _wait_for_steady_state(self, prober: Prober) -> None:
        self._say(f"steady state: {RATE:g} reads and {RATE:g} test writes a second to {self._lab.place.site_url}")
        begun = self._lab.clock.monotonic()

        def missing() -> str | None:
            if self._lab.clock.monotonic() - begun < BEFORE_S:
                return f"{BEFORE_S:g} s of traffic come before the fault"
            return self._unsteady(prober, self._found.from_region)

        self._wait(missing, STEADY_DEADLINE_S, "steady state before the fault")
        self._found.steady_before = True

    def _lose_and_recover(self, prober: Prober) -> None:
        found, clock = self._found, self._lab.clock
        found.fault_at = fault_at = clock.now()
        fault_id = self._lab.fault.start(NAME, found.from_region, FAULT_DEADLINE_S)
        try:
            self._say(f"{found.from_region} is lost")
            self._wait_until_detected(prober)
            self._fail_over(prober)
            self._wait(
                lambda: unrecovered(prober.samples(), fault_at, clock.now(), watch_s=AFTER_S),
                RECOVERY_DEADLINE_S,
                "recovery",
            )
            self._keep_ledger(prober)
        finally:
            self._lab.fault.stop(fault_id)
            found.lifted_at = clock.now()
        self._say(f"{found.from_region} comes back")
        self._check_old_region()

    def _wait_until_detected(self, prober: Prober) -> None:
        def missing() -> str | None:
            silent = silence_s(prober.samples(), self._lab.clock.now())
            return None if silent is not None and silent >= DETECT_S else "there are good answers still"

        self._wait(missing, DETECT_DEADLINE_S, "the fault to be felt")
        self._found.detected_at = self._lab.clock.now()
        self._say(f"no good answer for {DETECT_S:g} s: failing over to {self._found.to_region}")

    def _fail_over(self, prober: Prober) -> None:
        found, engine = self._found, self._lab.engine(self._found.to_region)
        facts = read_facts(self._lab.environment, self._lab.clients(found.to_region), self._lab.table(found.to_region))
        outcome = engine.run(
            FAILOVER,
            self._params(),
            facts,
            reason=f"drill {NAME}: {found.from_region} is lost",
            observer=prober,
            operation_id=new_operation_id(self._lab.clock),
        )
        found.outcome = outcome
        if outcome.interrupted:
            raise KeyboardInterrupt
        if outcome.status != "done":
            why = outcome.error.message if outcome.error else "it stopped"
            raise self._aborted(f"the failover ended as {outcome.status}: {why}")

    def _keep_ledger(self, prober: Prober) -> None:
        found = self._found
        written = entries(prober.samples(), self._run_id)
        self._say(f"reading {len(written)} acknowledged writes back through the public API")
        fates = read_back(self._lab.place.site_url, self._lab.place.ca_file, self._account, written)
        assert found.outcome is not None
        bound = found.outcome.outputs.get(f"{found.to_region}/gates", {}).get("rpo_bound_s")
        found.ledger = balance(written, fates, old_primary=found.from_region, fault_at=found.fault_at, bound_s=bound)

    def _check_old_region(self) -> None:
        """Send writes straight to the returned region until its own app has refused one; none may be accepted."""
        name = topology.regional_origin_name(self._lab.environment, self._found.from_region)
        secrets = self._lab.clients(self._found.to_region).secretsmanager
        origin_secret = secrets.value(topology.secret(self._lab.environment, "origin-secret")).reveal()
        token = log_in(self._lab.place.site_url, self._lab.place.ca_file, self._account)

        def missing() -> str | None:
            answer = write_straight(
                name,
                host=topology.site_name(self._lab.environment),
                resolve=self._lab.resolve,
                ca_file=self._lab.place.ca_file,
                origin_secret=origin_secret,
                token=token,
            )
            self._found.old_region = answer
            if answer.accepted or answer.refused_by(self._found.from_region):
                return None
            return f"its load balancer answered {answer.status} {answer.code or ''}".rstrip()

        self._wait(missing, RETURN_DEADLINE_S, f"{self._found.from_region} to be back")
        answer: Answer | None = self._found.old_region
        if answer is not None and answer.accepted:
            raise self._aborted(f"the old region {self._found.from_region} ACCEPTED a write after its return")
        self._say(f"{self._found.from_region} is back and refuses writes")

    def _unsteady(self, prober: Prober, region: str) -> str | None:
        return unsteady(prober.samples(), self._lab.clock.now(), region=region)

    def _wait(self, missing: Callable[[], str | None], deadline_s: float, what: str) -> None:
        end = self._lab.clock.monotonic() + deadline_s
        while (text := missing()) is not None:
            if self._lab.clock.monotonic() > end:
                raise self._aborted(f"waited {deadline_s:g} s for {what}: {text}")
            self._lab.clock.sleep(POLL_S)

    def _say(self, text: str) -> None:
        self._lab.emit(Event(self._lab.clock.now(), self._run_id, "note", NAME, self._found.from_region, text))

    def _aborted(self, reason: str) -> DrillAborted:
        return DrillAborted(reason, findings=self._found)
