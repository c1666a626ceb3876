"""Pulumi's resource monitor in this process: takes the SDK's requests, asks the engine, answers in wire form.

Source: pulumi/pulumi, `proto/pulumi/resource.proto`; the SDK calls these methods from its executor's threads.
"""

from pathlib import Path
from types import SimpleNamespace
from typing import Any, Final

from google.protobuf import empty_pb2
from pulumi.runtime.proto import engine_pb2, resource_pb2

from provisioner.engine import STACK_TYPE, Engine, Goal
from provisioner.errors import ProvisionerError, UnsupportedError
from provisioner.events import Event
from provisioner.values import decode_properties, encode_properties, has_unknown

FEATURES: Final = (
    resource_pb2.RESOURCE_MONITOR_FEATURE_SECRETS,
    resource_pb2.RESOURCE_MONITOR_FEATURE_RESOURCE_REFERENCES,
    resource_pb2.RESOURCE_MONITOR_FEATURE_ALIAS_SPECS,
)


class Monitor:
    """What the SDK believes to be the engine's monitor. Method names are the protocol's.

    A failure is kept by the engine and answered as such: outputs are then unknown, what depends on them fails in turn,
    and the program comes to its end. An exception would leave the SDK's coroutines hanging.
    """

    def __init__(self, engine: Engine, project: str) -> None:
        self._engine, self._project = engine, project

    def RegisterResource(self, request: Any) -> Any:  # noqa: N802
        """Create the resource, or find it unchanged; see Engine.register."""
        goal = Goal(
            urn=self._urn(request.parent, request.type, request.name),
            type=request.type,
            name=request.name,
            custom=request.custom,
            parent=request.parent,
            inputs=decode_properties(request.object),
            dependencies=tuple(sorted(request.dependencies)),
            property_dependencies={
                k: sorted(v.urns) for k, v in sorted(request.propertyDependencies.items()) if v.urns
            },
            provider=request.provider,
            protect=bool(request.protect),
            ignore_changes=tuple(request.ignoreChanges),
            additional_secret_outputs=tuple(request.additionalSecretOutputs),
            source=_source(request),
        )
        try:
            self._refuse_options(request)
            resource_id, outputs = self._engine.register(goal)
        except ProvisionerError:
            return resource_pb2.RegisterResourceResponse(urn=goal.urn, result=resource_pb2.Result.FAIL)
        return resource_pb2.RegisterResourceResponse(urn=goal.urn, id=resource_id, object=encode_properties(outputs))

    def RegisterResourceOutputs(self, request: Any) -> empty_pb2.Empty:  # noqa: N802
        """Save what a component or the stack exports."""
        self._engine.register_outputs(request.urn, decode_properties(request.outputs))
        return empty_pb2.Empty()

    def ReadResource(self, request: Any) -> Any:  # noqa: N802
        """Read a resource that the stack does not own; see Engine.read."""
        urn = self._urn(request.parent, request.type, request.name)
        goal = Goal(
            urn=urn,
            type=request.type,
            name=request.name,
            custom=True,
            parent=request.parent,
            inputs=decode_properties(request.properties),
            dependencies=tuple(sorted(request.dependencies)),
            provider=request.provider,
            source=_source(request),
        )
        try:
            resource_id, outputs = self._engine.read(goal, request.id)
        except ProvisionerError:
            return resource_pb2.ReadResourceResponse(urn=urn, result=resource_pb2.Result.FAIL)
        return resource_pb2.ReadResourceResponse(urn=urn, id=resource_id, properties=encode_properties(outputs))

    def Invoke(self, request: Any) -> Any:  # noqa: N802
        """Ask a function of the provider; see Engine.invoke."""
        arguments = decode_properties(request.args)
        try:
            result = None if has_unknown(arguments) else self._engine.invoke(request.tok, arguments, request.provider)
        except ProvisionerError:
            result = None
        if result is None:
            return resource_pb2.ResourceInvokeResponse(unknown=True)
        return resource_pb2.ResourceInvokeResponse(**{"return": encode_properties(result)})

    def GetDeploymentInfo(self, _: Any) -> Any:  # noqa: N802
        """Say what this monitor knows."""
        return resource_pb2.DeploymentInfo(supportedFeatures=FEATURES)

    def SupportsFeature(self, request: Any) -> Any:  # noqa: N802
        """Say whether this monitor knows a feature by its old name."""
        return SimpleNamespace(hasSupport=request.id in ("secrets", "resourceReferences", "aliasSpecs"))

    def SignalAndWaitForShutdown(self, _: Any) -> empty_pb2.Empty:  # noqa: N802
        """The program has ended well; there is nothing to wait for."""
        return empty_pb2.Empty()

    def _refuse_options(self, request: Any) -> None:
        renamed = any(alias.urn or alias.spec.name or alias.spec.parentUrn for alias in request.aliases)
        if request.remote or request.importId or renamed or request.retainOnDelete or request.replaceOnChanges:
            raise self._engine.fail(
                UnsupportedError(
                    f"{request.name} ({_source(request)}): the in-process engine knows no remote components, imports, "
                    "aliases (but the provider's own, of types), retain_on_delete or replace_on_changes"
                )
            )

    def _urn(self, parent: str, token: str, name: str) -> str:
        chain = parent.split("::")[2] if parent else ""
        qualified = f"{chain}${token}" if chain and chain != STACK_TYPE else token
        return f"urn:pulumi:{self._engine.stack}::{self._project}::{qualified}::{name}"


class Log:
    """What the SDK believes to be the engine's log: warnings and errors become events."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def Log(self, request: Any) -> empty_pb2.Empty:  # noqa: N802
        """Pass on a warning or an error; the rest is for Pulumi's developers."""
        if request.severity in (engine_pb2.WARNING, engine_pb2.ERROR):
            self._engine.on_event(Event(self._engine.stack, "warning", message=request.message))
        return empty_pb2.Empty()


def _source(request: Any) -> str:
    """Return where the program declares a resource, `file:line`, relative to the working folder where it lies in it."""
    position = request.sourcePosition
    if not position.uri:
        return ""
    path = position.uri.removeprefix("project://").removeprefix("file://")
    return f"{path.removeprefix(f'{Path.cwd()}/')}:{position.line}"
