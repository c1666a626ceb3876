"""Pulumi's resource monitor in this process: takes the SDK's requests, asks the engine, answers in wire form.

Source: pulumi/pulumi, `proto/pulumi/resource.proto`; the SDK calls these methods from its executor's threads.
"""

from pathlib import Path
from types import SimpleNamespace
from typing import Any, Final

from google.protobuf import empty_pb2
from pulumi.runtime.proto import engine_pb2, resource_pb2

from provisioner.errors import ProvisionerError, UnsupportedError
from provisioner.events import Event
from provisioner.goal import Alias, Goal, seconds
from provisioner.program.engine import Engine
from provisioner.urns import make_urn
from provisioner.values import decode_properties, encode_properties, has_unknown

FEATURES: Final = (
    resource_pb2.RESOURCE_MONITOR_FEATURE_SECRETS,
    resource_pb2.RESOURCE_MONITOR_FEATURE_RESOURCE_REFERENCES,
    resource_pb2.RESOURCE_MONITOR_FEATURE_ALIAS_SPECS,
    resource_pb2.RESOURCE_MONITOR_FEATURE_DELETED_WITH,
)


class Monitor:
    """What the SDK believes to be the engine's monitor. Method names are the protocol's.

    A failure is kept by the engine and answered as such: outputs are then unknown, what depends on them fails in turn,
    and the program comes to its end. An exception would leave the SDK's coroutines hanging.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def RegisterResource(self, request: Any) -> Any:  # noqa: N802
        """Make the resource what the program says; see Engine.register."""
        urn = self._urn(request.parent, request.type, request.name)
        try:
            registered = self._engine.register(self._goal(request, urn))
        except ProvisionerError as error:
            self._engine.run.fail(error)
            return resource_pb2.RegisterResourceResponse(urn=urn, result=resource_pb2.Result.FAIL)
        return resource_pb2.RegisterResourceResponse(
            urn=urn,
            id=registered.id,
            object=encode_properties(registered.outputs),
            unknown=registered.unknown,
        )

    def _goal(self, request: Any, urn: str) -> Goal:
        """Return the registration as a goal. Raises UnsupportedError for options that the engine does not know."""
        _refuse_options(request)
        return Goal(
            urn=urn,
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
            replace_on_changes=tuple(request.replaceOnChanges),
            delete_before_replace=request.deleteBeforeReplace if request.deleteBeforeReplaceDefined else None,
            retain_on_delete=bool(request.retainOnDelete),
            deleted_with=request.deletedWith,
            import_id=request.importId,
            aliases=tuple(_alias(one) for one in request.aliases),
            additional_secret_outputs=tuple(request.additionalSecretOutputs),
            timeouts=_timeouts(request),
            source=_source(request),
        )

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
            outputs = self._engine.read(goal, request.id)
        except ProvisionerError:
            return resource_pb2.ReadResourceResponse(urn=urn, result=resource_pb2.Result.FAIL)
        return resource_pb2.ReadResourceResponse(urn=urn, id=request.id, properties=encode_properties(outputs))

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

    def _urn(self, parent: str, token: str, name: str) -> str:
        return make_urn(self._engine.run.stack, self._engine.run.setting.project, parent, token, name)


class Log:
    """What the SDK believes to be the engine's log: warnings and errors become events."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def Log(self, request: Any) -> empty_pb2.Empty:  # noqa: N802
        """Pass on a warning or an error; the rest is for Pulumi's developers."""
        if request.severity in (engine_pb2.WARNING, engine_pb2.ERROR):
            run = self._engine.run
            run.setting.on_event(Event(run.stack, "warning", message=request.message))
        return empty_pb2.Empty()


def _source(request: Any) -> str:
    """Return where the program declares a resource, `file:line`, relative to the working folder where it lies in it."""
    position = request.sourcePosition
    if not position.uri:
        return ""
    path = position.uri.removeprefix("project://").removeprefix("file://")
    return f"{path.removeprefix(f'{Path.cwd()}/')}:{position.line}"


def _refuse_options(request: Any) -> None:
    known = {
        "remote components": request.remote,
        "replace_with": request.replace_with,
        "replacement_trigger": request.HasField("replacement_trigger"),
        "hooks": request.hooks.ListFields(),
        "transforms": request.transforms,
        "state migrations": request.state_migrations,
    }
    used = [name for name, value in known.items() if value]
    if used:
        raise UnsupportedError(
            f"{request.name} ({_source(request)}): the in-process engine does not know {', '.join(used)}"
        )


def _alias(alias: Any) -> Alias:
    spec = alias.spec
    return Alias(
        urn=alias.urn,
        name=spec.name,
        type=spec.type,
        stack=spec.stack,
        project=spec.project,
        parent=spec.parentUrn,
        no_parent=spec.noParent,
    )


def _timeouts(request: Any) -> dict[str, float]:
    given = {name: getattr(request.customTimeouts, name) for name in ("create", "update", "delete")}
    try:
        return {name: seconds(text) for name, text in given.items() if text}
    except ValueError as error:
        raise UnsupportedError(f"{request.name} ({_source(request)}): {error}") from error
