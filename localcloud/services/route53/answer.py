"""What DNS answers: a pure function of zones, published names, health and the address of each region's API.

Source: "Choosing a routing policy" and "How Amazon Route 53 chooses records when health checking is configured".
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from localcloud.services.route53.model import Record, Snapshot, Zone

ALIAS_TTL_S = 60
CHAIN = 8
"""How many names an answer follows at most."""

_REGIONAL = re.compile(r"(?:^|\.)([a-z]{2}-[a-z]+-\d)\.(?:amazonaws\.com|api\.aws)$")
_GLOBAL = re.compile(r"^(?:[^.]+\.)?(?:iam|sts|route53|cloudfront|s3|budgets|globalaccelerator)\.amazonaws\.com$")


@dataclass(frozen=True)
class Line:
    """One record of an answer."""

    name: str
    type: str
    ttl: int
    value: str


@dataclass(frozen=True)
class Answer:
    """An answer's records, and whether the name exists at all. `authority`: the SOA record of the zone that says no,
    by which resolvers know how long they may remember that (RFC 2308).
    """

    exists: bool
    lines: list[Line] = field(default_factory=list)
    authority: Line | None = None


@dataclass(frozen=True)
class Dns:
    """Everything an answer depends on. `health`: check id → healthy; `gates`: region → address of AWS's API there.

    `draw` returns a number from 0 up to, and without, its argument (weighted records).
    """

    snapshot: Snapshot
    health: Mapping[str, bool]
    gates: Mapping[str, str]
    home: str
    ttl_s: int
    draw: Callable[[int], int]

    def answer(self, name: str, kind: str) -> Answer:
        """Return the answer to one question; CNAMEs are followed within the instance."""
        asked, lines = _normal(name), []
        for _ in range(CHAIN):
            found = self._once(asked, kind)
            lines += found.lines
            follow = [line.value for line in found.lines if line.type == "CNAME" and kind != "CNAME"]
            if not follow:
                authority = None if found.lines else self._authority(asked)
                return Answer(found.exists or bool(lines), lines, authority)
            asked = _normal(follow[0])
        return Answer(exists=True, lines=lines)

    def _once(self, name: str, kind: str) -> Answer:
        if (zone := self._zone(name)) and (records := _named(zone, name)):
            return Answer(exists=True, lines=self._from_records(name, kind, records))
        address = self.snapshot.names.get(name) or self._gate(name)
        if address is not None:
            return Answer(exists=True, lines=[Line(name, "A", self.ttl_s, address)] if kind == "A" else [])
        return Answer(exists=zone is not None and _has_below(zone, name))

    def _authority(self, name: str) -> Line | None:
        """Return the SOA record of a name's zone as it stands in a negative answer; None for a name of no zone."""
        zone = self._zone(name)
        found = [record for record in zone.records if zone.name == record.name and record.type == "SOA"] if zone else []
        if not found:
            return None
        minimum_s = int(found[0].values[0].split()[-1])
        return Line(found[0].name, "SOA", min(found[0].ttl, minimum_s, self.ttl_s), found[0].values[0])

    def _zone(self, name: str) -> Zone | None:
        zones = [zone for zone in self.snapshot.zones if name == zone.name or name.endswith(f".{zone.name}")]
        return max(zones, key=lambda zone: len(zone.name), default=None)

    def _gate(self, name: str) -> str | None:
        if found := _REGIONAL.search(name):
            return self.gates.get(found.group(1))
        return self.gates[self.home] if _GLOBAL.match(name) else None

    def _from_records(self, name: str, kind: str, records: Sequence[Record]) -> list[Line]:
        wanted = [record for record in records if record.type == kind]
        chosen = self._chosen(wanted or [record for record in records if record.type == "CNAME"])
        if chosen is None:
            return []
        if chosen.alias is None:
            ttl = min(chosen.ttl, self.ttl_s)
            return [Line(name, chosen.type, ttl, value) for value in chosen.values]
        target = self.answer(chosen.alias.name, kind)
        ttl = min(ALIAS_TTL_S, self.ttl_s)
        return [Line(name, line.type, ttl, line.value) for line in target.lines if line.type == kind]

    def _chosen(self, records: Sequence[Record]) -> Record | None:
        """Return the record that the routing policy picks; when all are unhealthy all count as healthy."""
        healthy = [record for record in records if self._healthy(record)] or list(records)
        if failover := self._by_role(records):
            return failover
        weighted = [record for record in healthy if record.weight]
        if weighted:
            place = self.draw(sum(record.weight or 0 for record in weighted))
            for record in weighted:
                place -= record.weight or 0
                if place < 0:
                    return record
        return healthy[0] if healthy else None

    def _by_role(self, records: Sequence[Record]) -> Record | None:
        roles: dict[Literal["PRIMARY", "SECONDARY"], Record] = {
            record.failover: record for record in records if record.failover
        }
        primary, secondary = roles.get("PRIMARY"), roles.get("SECONDARY")
        if primary is None or secondary is None:
            return primary or secondary
        return secondary if not self._healthy(primary) and self._healthy(secondary) else primary

    def _healthy(self, record: Record) -> bool:
        checked = record.health_check is None or self.health.get(record.health_check, True)
        evaluated = record.alias is None or not record.alias.evaluate_health
        return checked and (
            evaluated or _normal(record.alias.name if record.alias else "") not in self.snapshot.unhealthy
        )


def _normal(name: str) -> str:
    return name.rstrip(".").lower().removeprefix("dualstack.")


def _named(zone: Zone, name: str) -> list[Record]:
    """Return the records of a name, or of the nearest wildcard above it."""
    exact = [record for record in zone.records if record.name == name]
    parent = name
    while not exact and parent != zone.name and "." in parent:
        parent = parent.partition(".")[2]
        exact = [record for record in zone.records if record.name == f"*.{parent}"]
    return exact


def _has_below(zone: Zone, name: str) -> bool:
    return any(record.name.endswith(f".{name}") for record in zone.records)
