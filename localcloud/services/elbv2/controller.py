"""Makes the load balancers of a region true: one HAProxy each, targets checked, deregistered ones drained."""

import asyncio
from dataclasses import dataclass

import msgspec

from localcloud.core.context import Context
from localcloud.core.errors import RefusedError
from localcloud.services.elbv2.balancer import Balancer
from localcloud.services.elbv2.health import Health, after, check_target
from localcloud.services.elbv2.model import HealthCheck, LoadBalancer, State, Target, TargetGroup, used_groups
from localcloud.services.elbv2.servers import Servers, wanted

STARTING_S = 0.1
"""How soon a new target that refuses connections is asked again. That counts as one failed check an interval as the
record has it: intervals are short here, starts are not."""

DRAIN_POLL_S = 0.1
Key = tuple[str, str]
"""A target group's ARN and a target's name."""


@dataclass
class _Watched:
    target: Target
    health: Health
    loop: "asyncio.Task[None]"


class Controller:
    """Load balancers of one region. `start` once, then `reconcile` whenever the record changed."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._balancers: dict[str, Balancer] = {}
        self._records: dict[str, LoadBalancer] = {}
        self._groups: dict[str, TargetGroup] = {}
        self._watched: dict[Key, _Watched] = {}
        self._drains: dict[Key, asyncio.Task[None]] = {}
        self._published: dict[str, str] = {}
        self._complaints: dict[str, str | None] = {}

    async def start(self) -> None:
        """No process of an earlier controller runs; every registered target is initial again."""
        for name in await self._context.processes():
            if name.startswith("alb-") and await self._context.runs(name):
                await self._context.stop(name, signal="SIGKILL")
        state = await self._read()
        unknown = _words(Health())
        initial = {group.arn: {target.name: unknown for target in group.targets} for group in state.target_groups}
        if any(initial.values()):
            await self._context.view("elbv2", "health", region=self._context.region, health=initial)

    async def reconcile(self) -> None:
        """Processes, names, health checks and drains follow the record."""
        state = await self._read()
        self._groups = {group.arn: group for group in state.target_groups}
        self._records = {balancer.name: balancer for balancer in state.load_balancers}
        self._watch()
        for name, balancer in self._records.items():
            if not balancer.listeners:
                continue
            owner = self._balancers.setdefault(name, Balancer(self._context, name))
            await self._ensure(owner, balancer)
        for name in set(self._balancers) - {name for name, balancer in self._records.items() if balancer.listeners}:
            await self._balancers.pop(name).stop()
        await self._publish({balancer.dns_name: self._address(name) for name, balancer in self._records.items()})
        self._drain()

    async def _ensure(self, owner: Balancer, balancer: LoadBalancer) -> None:
        """One load balancer is true, or its state says why not: no other waits for it."""
        try:
            complaint = await owner.ensure(balancer, self._groups, self._servers(balancer))
        except (OSError, TimeoutError, RefusedError) as error:
            complaint = str(error)
        if complaint != self._complaints.get(balancer.name):
            self._context.log.warning("%s: %s", balancer.name, complaint or "as it should be again")
            region = self._context.region
            await self._context.view("elbv2", "impaired", region=region, arn=balancer.arn, reason=complaint)
            self._complaints[balancer.name] = complaint

    async def _publish(self, names: dict[str, str]) -> None:
        if names != self._published:
            await self._context.publish(names)
            self._published = names

    async def _read(self) -> State:
        return msgspec.convert(await self._context.view("elbv2", "state", region=self._context.region), State)

    def _address(self, name: str) -> str:
        return self._context.address(f"alb/{name}")

    def _servers(self, balancer: LoadBalancer) -> Servers:
        groups = [self._groups[arn] for arn in used_groups(balancer) if arn in self._groups]
        return {group.name: wanted(group, self._health(group.arn)) for group in groups}

    def _health(self, arn: str) -> dict[str, Health]:
        return {key[1]: watched.health for key, watched in self._watched.items() if key[0] == arn}

    def _watch(self) -> None:
        """Each registered target of a group in use is checked by a loop of its own; no other is."""
        wanted_targets = {
            (group.arn, target.name): target
            for group in self._groups.values()
            if group.in_use
            for target in group.targets
            if not target.draining
        }
        for key in set(self._watched) - set(wanted_targets):
            self._watched.pop(key).loop.cancel()
        for key, target in wanted_targets.items():
            if key not in self._watched:
                loop = asyncio.create_task(self._check_for_ever(key, target))
                self._watched[key] = _Watched(target, Health(), loop)

    async def _check_for_ever(self, key: Key, target: Target) -> None:
        clock = asyncio.get_running_loop().time
        counted_at, told = clock(), _words(Health())
        while True:
            written = self._groups[key[0]].health_check
            check = self._scaled(written)
            verdict = await check_target(target, check)
            known = self._watched[key].health
            starts = known.state == "initial" and verdict.refused
            if not starts or clock() - counted_at >= written.interval_s:
                counted_at = clock()
                self._watched[key].health = after(known, verdict, check)
            if _words(self._watched[key].health) != told and await self._found(key, self._watched[key].health):
                told = _words(self._watched[key].health)
            await asyncio.sleep(min(STARTING_S, check.interval_s) if starts else check.interval_s)

    def _scaled(self, check: HealthCheck) -> HealthCheck:
        longest = self._context.settings["target_health_interval_s"]
        return msgspec.structs.replace(check, interval_s=min(check.interval_s, longest))

    async def _found(self, key: Key, health: Health) -> bool:
        """Tell HAProxy, then the record: a target that it calls healthy gets requests. False: to be told again."""
        arn, name = key
        try:
            await self._push(arn)
            told = {arn: {name: _words(health)}}
            await self._context.view("elbv2", "health", region=self._context.region, health=told)
        except (OSError, TimeoutError, RefusedError) as error:
            self._context.log.warning("health of %s is told again soon: %s", name, error)
            return False
        self._context.log.info("%s: %s %s", name, health.state, health.description)
        return True

    async def _push(self, arn: str) -> None:
        group = self._groups.get(arn)
        for name, balancer in self._records.items():
            if group is not None and name in self._balancers and arn in used_groups(balancer):
                await self._balancers[name].change_servers(group, wanted(group, self._health(arn)))

    def _drain(self) -> None:
        """Each target that is being deregistered has a drain of its own; ended ones are forgotten."""
        self._drains = {key: drain for key, drain in self._drains.items() if not drain.done()}
        for group in self._groups.values():
            for target in group.targets:
                if target.draining and (group.arn, target.name) not in self._drains:
                    drain = asyncio.create_task(self._drain_one(group, target))
                    self._drains[group.arn, target.name] = drain

    async def _drain_one(self, group: TargetGroup, target: Target) -> None:
        """Wait until the target answers no request any more, at most the group's delay; then it is deregistered."""
        clock = asyncio.get_running_loop().time
        deadline = clock() + group.deregistration_delay_s
        while clock() < deadline and await self._requests(group, target):  # noqa: ASYNC110 - HAProxy cannot call back
            await asyncio.sleep(DRAIN_POLL_S)
        await self._context.view("elbv2", "drained", region=self._context.region, arn=group.arn, name=target.name)

    async def _requests(self, group: TargetGroup, target: Target) -> int:
        owners = [
            self._balancers[name]
            for name, balancer in self._records.items()
            if name in self._balancers and group.arn in used_groups(balancer)
        ]
        return sum([await owner.requests(group, target.name) for owner in owners])


def _words(health: Health) -> dict[str, str]:
    """Return a state in the words of DescribeTargetHealth."""
    words = {"State": health.state, "Reason": health.reason, "Description": health.description}
    return {name: word for name, word in words.items() if word}
