"""A component alone, on Pulumi's mocks: what it registers, with which options, and what it gives."""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from contextvars import Context
from dataclasses import dataclass, field
from functools import cache
from threading import Lock
from typing import Any, TypeVar

import pulumi
import pulumi_aws as aws
from pulumi.runtime import mocks, set_mocks
from pulumi.runtime.stack import run_pulumi_func

from estate.config import Environment
from estate.files import read_environment
from provisioner.goal import PROVIDER_PREFIX
from provisioner.urns import STACK_TYPE, make_urn, name_of, type_of
from provisioner.values import decode_properties
from tests.unit.components.answers import answers

EAST, WEST = "us-east-1", "us-west-2"

C = TypeVar("C", bound=pulumi.ComponentResource)


@cache
def environment(name: str = "production") -> Environment:
    """Return an environment of the repository: components know no other kind."""
    return read_environment(name)


class Cloud:
    """What a component is given from outside: a provider a region, and outputs that are known later."""

    def __init__(self) -> None:
        self.providers: dict[str, pulumi.ProviderResource] = {
            region: aws.Provider(f"aws-{region}", region=region) for region in (EAST, WEST)
        }
        self.east, self.west = self.providers.values()

    def outputs(self, *values: str) -> list[pulumi.Output[str]]:
        """Return each value as an output."""
        return [pulumi.Output.from_input(value) for value in values]

    def secret(self, value: str) -> pulumi.Output[str]:
        """Return the value as a secret output."""
        return pulumi.Output.secret(value)


@dataclass(frozen=True)
class Registered:
    """One registration as the engine gets it, with names where it has URNs. `after` is what it waits for although none
    of its inputs comes from there; `aliases` are names that it had (types that it had are the SDK's own business).
    """

    type: str
    name: str
    custom: bool
    parent: str
    region: str
    inputs: dict[str, Any] = field(repr=False)
    protect: bool = False
    ignore_changes: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    after: tuple[str, ...] = ()

    @property
    def kind(self) -> str:
        """See kind_of."""
        return kind_of(self.type)

    def __str__(self) -> str:
        says = [self.region] if self.custom else []
        says += ["protected"] if self.protect else []
        says += [f"ignores {' '.join(self.ignore_changes)}"] if self.ignore_changes else []
        says += [f"was {' '.join(self.aliases)}"] if self.aliases else []
        says += [f"after {', '.join(self.after)}"] if self.after else []
        return f"{self.kind} {self.name}" + (f": {'; '.join(says)}" if says else "")


def kind_of(token: str) -> str:
    """Return a type as programs write it (`s3.Bucket`); of a component its class alone."""
    package, module, kind = token.split(":")
    return f"{module.partition('/')[0]}.{kind}" if package == "aws" else kind


@dataclass(frozen=True)
class Built:
    """A component as it was registered, all below it, and the values of what it gives (a resource: its name). `stray`
    is what no component declares, besides providers: there should be nothing.
    """

    component: Registered
    children: Sequence[Registered]
    stray: Sequence[Registered]
    gives: dict[str, Any]
    registered_outputs: dict[str, Any] | None

    def tree(self) -> list[str]:
        """Return a line for each child, below the component that declares it, by kind and name."""
        return list(self._below(self.component.name, ""))

    def _below(self, parent: str, indent: str) -> Sequence[str]:
        lines = []
        for child in sorted(
            (one for one in self.children if one.parent == parent), key=lambda one: (one.kind, one.name)
        ):
            lines.append(f"{indent}{child}")
            lines += [] if child.custom else self._below(child.name, f"{indent}  ")
        return lines

    def of(self, kind: str) -> list[Registered]:
        """Return the children of a kind (`s3.Bucket`), by name."""
        return sorted((one for one in self.children if one.kind == kind), key=lambda one: one.name)

    def inputs(self, kind: str, name: str | None = None) -> dict[str, Any]:
        """Return the inputs of the only child of a kind, or of that name."""
        (found,) = (one for one in self.of(kind) if name in (None, one.name))
        return found.inputs


Maker = Callable[..., pulumi.ComponentResource]
"""Makes a component in a cloud: `(cloud, opts=None, **changes)`; the changes are arguments other than the usual ones."""

SPECIMENS: dict[type[pulumi.ComponentResource], Maker] = {}
"""The small one of each component. What every component must do is asserted of them (`test_every_component`)."""


def specimen(component: type[C]) -> Callable[[Callable[..., C]], Callable[..., C]]:
    """Take a maker in as that component's specimen."""

    def take(make: Callable[..., C]) -> Callable[..., C]:
        SPECIMENS[component] = make
        return make

    return take


def build(make: Maker, **changes: Any) -> Built:
    """Run a program that makes the component, and whatever it is given, on Pulumi's mocks; return what was registered.

    Raises what the program raises.
    """
    monitor = _Monitor(_Anything())

    async def program() -> tuple[str, dict[str, Any]]:
        set_mocks(monitor.mocks, project="breiq", stack="test", preview=False, monitor=monitor)
        made: list[tuple[str, dict[str, Any]]] = []

        async def declare() -> None:
            component = make(Cloud(), **changes)
            gives = {name: _named(getattr(component, name)) for name in type(component).__annotations__}
            made.append((await component.urn.future() or "", await pulumi.Output.from_input(gives).future() or {}))

        await run_pulumi_func(declare)
        return made[0]

    urn, gives = Context().run(asyncio.run, program())
    return monitor.built(urn, gives)


def _named(value: Any) -> Any:
    """Return what a component gives, with the names of resources for the resources."""
    if isinstance(value, pulumi.Resource):
        return f"{kind_of(value.pulumi_resource_type)} {value.pulumi_resource_name}"
    if isinstance(value, dict):
        return {key: _named(one) for key, one in value.items()}
    return value


def _region(provider: str) -> str:
    """Return the region of a provider's reference; empty where there is none: the default provider would be taken."""
    return provider.rpartition("::")[0].rpartition("::aws-")[2]


class _Anything(mocks.Mocks):
    """Creates anything, and gives it every output that a component could ask for."""

    def new_resource(self, args: mocks.MockResourceArgs) -> tuple[str | None, dict[Any, Any]]:
        if not args.typ.startswith("aws:"):
            return (f"{args.name}-id" if args.custom else None), dict(args.inputs)
        resource_id, outputs = answers(args.inputs, _region(args.provider or ""))
        return resource_id, {**outputs, **args.inputs}

    def call(self, args: mocks.MockCallArgs) -> tuple[dict[Any, Any], None]:
        raise AssertionError(f"{args.token}: a component asks nobody; what it must know is among its Args")


def _close_loop_of_thread() -> None:
    """Close the event loop that Pulumi's mocks give to each thread that registers, and that they never close."""
    try:
        loop = asyncio.get_event_loop_policy().get_event_loop()
    except RuntimeError:  # this thread has none
        return
    if not loop.is_running():
        loop.close()
        asyncio.set_event_loop(None)


class _Monitor(mocks.MockMonitor):
    """Pulumi's mock monitor, which keeps the options besides: its own passes on a resource's inputs alone."""

    def __init__(self, cloud: mocks.Mocks) -> None:
        super().__init__(cloud)
        self._lock = Lock()
        self._requests: dict[str, Any] = {}
        self._outputs: dict[str, dict[str, Any]] = {}

    def RegisterResource(self, request: Any) -> Any:  # noqa: N802
        """Keep the request, and answer as the mocks do. Raises AssertionError for what the engine would refuse: a URN
        that is taken.
        """
        urn = self.make_urn(request.parent, request.type, request.name)
        with self._lock:
            assert urn not in self._requests, f"{urn} is declared twice"
            self._requests[urn] = request
        try:
            return super().RegisterResource(request)  # type: ignore[no-untyped-call] # Pulumi's mocks have no types
        finally:
            _close_loop_of_thread()

    def RegisterResourceOutputs(self, request: Any) -> Any:  # noqa: N802
        """Keep a component's outputs."""
        with self._lock:
            self._outputs[request.urn] = decode_properties(request.outputs)
        return super().RegisterResourceOutputs(request)  # type: ignore[no-untyped-call] # as above

    def make_urn(self, parent: str, type_: str, name: str) -> str:
        """Return the URN as the engine makes it: with the types of all parents."""
        return make_urn("test", "breiq", parent, type_, name)

    def built(self, urn: str, gives: dict[str, Any]) -> Built:
        """Return the component of that URN and all below it."""
        everything = {one: self._registered(request) for one, request in self._requests.items()}
        below = [everything[one] for one in everything if urn in self._ancestors(one)]
        stray = [everything[one] for one, it in self._requests.items() if it.custom and not self._owner(it)]
        return Built(everything[urn], below, stray, gives, self._outputs.get(urn))

    def _owner(self, request: Any) -> str:
        """Return the URN of the component that declares it; a provider belongs to the program."""
        own = type_of(request.parent) != STACK_TYPE or request.type.startswith(PROVIDER_PREFIX)
        return str(request.parent) if own else ""

    def _ancestors(self, urn: str) -> Iterator[str]:
        while (request := self._requests.get(urn)) and request.parent:
            urn = request.parent
            yield urn

    def _registered(self, request: Any) -> Registered:
        through_inputs = {urn for one in request.propertyDependencies.values() for urn in one.urns}
        return Registered(
            type=request.type,
            name=request.name,
            custom=request.custom,
            parent=name_of(request.parent),
            region=_region(request.provider),
            inputs=decode_properties(request.object),
            protect=request.protect,
            ignore_changes=tuple(request.ignoreChanges),
            aliases=tuple(filter(None, (one.urn or one.spec.name for one in request.aliases))),
            after=tuple(sorted(self._called(urn) for urn in set(request.dependencies) - through_inputs)),
        )

    def _called(self, urn: str) -> str:
        return f"{kind_of(self._requests[urn].type)} {name_of(urn)}"
