"""The local cloud as a place for drills: its faults, and writes that go around the edge."""

import os
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

from breiqctl import operating
from breiqctl.context import Context
from estate.errors import BreiqError

if TYPE_CHECKING:
    from dr.drills.experiment import DrillEnvironment
    from dr.drills.old_region import Answer
    from operations.engine import Engine
    from operations.guard import Guard
    from operations.prober import Account
    from operations.table import Table


class SupervisorFault:
    """Faults of the local cloud, by its supervisor; they are lifted when this process dies.

    `guard` is asked before one is begun, as before a call of AWS.
    """

    def __init__(self, guard: "Guard") -> None:
        self._guard = guard
        self._begun: dict[tuple[str, str], str] = {}

    def start(self, name: str, region: str, for_s: float) -> str:
        """Begin a fault and return its id; one that this process has begun and not lifted is not begun twice."""
        from stackops import local_socket

        if (name, region) not in self._begun:
            self._guard("fault:Start")
            try:
                answer = local_socket.ask("fault_start", name=name, region=region, for_s=for_s, owner_pid=os.getpid())
            finally:
                self._guard.returned()
            self._begun[name, region] = str(answer["fault_id"])
        return self._begun[name, region]

    def stop(self, fault_id: str | None) -> None:
        """Lift a fault; without its id: what this process has begun. May be repeated."""
        from stackops import local_socket

        for one in [fault_id] if fault_id is not None else list(self._begun.values()):
            self._begun = {key: begun for key, begun in self._begun.items() if begun != one}
            try:
                local_socket.ask("fault_stop", fault_id=one, timeout_s=60)
            except BreiqError as error:
                if error.code != "unknown_fault":
                    raise


def drill_environment_of(context: Context) -> "DrillEnvironment":
    """Return the local cloud as a place for drills."""
    from dr.drills.experiment import DrillEnvironment
    from dr.drills.old_region import log_in, write_straight
    from dr.failover import only
    from dr.ledger import read_back
    from estate import topology

    endpoints, environment = context.endpoints, context.environment
    assert endpoints is not None, "drills run in the local cloud"
    clients, operation_context = operating.clients_of(context), operating.operation_context_of(context)

    @cache
    def table(region: str) -> "Table":
        return replace(clients(region), guard=None).table(topology.operations_table(environment))

    @cache
    def engine(region: str) -> "Engine":
        return operating.engine_of(context, only(region, clients), table(region))

    def write_to(lost: str, recovers: str, account: "Account") -> "Answer":
        secrets = clients(recovers).secretsmanager
        return write_straight(
            topology.regional_origin_name(environment, lost),
            host=topology.site_name(environment),
            resolve=lambda name: resolve(name, endpoints["dns"]),
            ca_file=operation_context.ca_file,
            origin_secret=secrets.value(topology.secret(environment, "origin-secret")).reveal(),
            token=log_in(operation_context.site_url, operation_context.ca_file, account),
        )

    return DrillEnvironment(
        environment=environment,
        clients=clients,
        table=table,
        engine=engine,
        fault=SupervisorFault(context.guard),
        read_back=lambda account, written: read_back(
            operation_context.site_url, operation_context.ca_file, account, written
        ),
        write_straight=write_to,
        operation_context=operation_context,
    )


def resolve(name: str, server: str) -> str:
    """Return the first address that the local cloud's DNS gives for a name. Raises OSError when there is none."""
    from dnslib import DNSRecord

    answer = DNSRecord.parse(DNSRecord.question(name).send(server, 53, timeout=2))
    for record in answer.rr:
        if record.rtype == 1:
            return str(record.rdata)
    raise OSError(f"{server} knows no address of {name}")
