"""The provider plugin's gRPC side: Pulumi's requests in, `provider` asked, answers out in wire form.

Source: pulumi/pulumi, `proto/pulumi/provider.proto`. Method names are the protocol's.
"""
# ruff: noqa: N802, ARG002 - names and parameters are gRPC's

import functools
import importlib.metadata
from collections.abc import Callable, Iterable
from typing import Any, Final, NoReturn

import grpc  # type: ignore[import-untyped]
import msgspec
from google.protobuf import empty_pb2
from pulumi.runtime.proto import plugin_pb2, provider_pb2, provider_pb2_grpc, status_pb2

from provisioner.handlers import load
from provisioner.handlers.common.base import HANDLERS, LOOKUPS
from provisioner.plugin.answers import Difference, FailedError, PartlyCreatedError, Resource
from provisioner.plugin.package import package_schema
from provisioner.plugin.provider import Provider, provider_difference
from provisioner.plugin.settings import ConfigurationError, check_settings, read_settings
from provisioner.schema import Problem
from provisioner.values import decode_properties, encode_properties, plain

VERSION: Final = importlib.metadata.version("pulumi-aws")
"""The SDK's: Pulumi warns on each run when a plugin is older than what the program uses."""

Rpc = Callable[[Any, Any, grpc.ServicerContext], Any]


def _answered(rpc: Rpc) -> Rpc:
    """Turn what went wrong into the status that says so.

    FAILED_PRECONDITION tells the engine that nothing was changed; INTERNAL that nobody knows.
    """

    @functools.wraps(rpc)
    def answer(self: Any, request: Any, context: grpc.ServicerContext) -> Any:
        try:
            return rpc(self, request, context)
        except (FailedError, ConfigurationError) as error:
            context.abort(grpc.StatusCode.FAILED_PRECONDITION, str(error))
        except PartlyCreatedError as error:
            _abort_partly(context, error)
        except Exception as error:  # noqa: BLE001 - whatever it is, the engine must hear it
            context.abort(grpc.StatusCode.INTERNAL, f"{rpc.__name__}: {type(error).__name__}: {error}")

    return answer


class Servicer(provider_pb2_grpc.ResourceProviderServicer):
    """One provider of the program: Pulumi starts a process for each, and configures it once."""

    def __init__(self) -> None:
        self._provider: Provider | None = None

    # What the plugin is

    @_answered
    def Handshake(self, request: Any, context: Any) -> Any:
        """Say what this plugin understands."""
        return provider_pb2.ProviderHandshakeResponse(accept_secrets=True)

    @_answered
    def GetPluginInfo(self, request: Any, context: Any) -> Any:
        """Give the version."""
        return plugin_pb2.PluginInfo(version=VERSION)

    @_answered
    def GetSchema(self, request: Any, context: Any) -> Any:
        """Give the schema of what this plugin can make; programs bring the SDK, which has the whole."""
        load()
        return provider_pb2.GetSchemaResponse(schema=msgspec.json.encode(package_schema(HANDLERS, VERSION)).decode())

    @_answered
    def Attach(self, request: Any, context: Any) -> Any:
        """The engine's address is of no use here."""
        return empty_pb2.Empty()

    # The provider itself

    @_answered
    def CheckConfig(self, request: Any, context: Any) -> Any:
        """Check the provider's inputs."""
        return _checked(decode_properties(request.news), check_settings(decode_properties(request.news)))

    @_answered
    def DiffConfig(self, request: Any, context: Any) -> Any:
        """Say whether what the provider made stays in its reach."""
        old = decode_properties(request.old_inputs if request.HasField("old_inputs") else request.olds)
        return _differing(provider_difference(old, decode_properties(request.news)))

    @_answered
    def Configure(self, request: Any, context: Any) -> Any:
        """Take the provider's inputs; ask AWS whose credentials these are."""
        load()
        self._provider = Provider(HANDLERS, LOOKUPS, read_settings(plain(decode_properties(request.args))))
        return provider_pb2.ConfigureResponse(acceptSecrets=True, supportsPreview=True)

    @_answered
    def Cancel(self, request: Any, context: Any) -> Any:
        """Stop waiting."""
        if self._provider is not None:
            self._provider.stop()
        return empty_pb2.Empty()

    # Its resources and functions

    @_answered
    def Check(self, request: Any, context: Any) -> Any:
        """Check a resource's inputs."""
        return _checked(*self._configured.check(_resource(request), decode_properties(request.news)))

    @_answered
    def Diff(self, request: Any, context: Any) -> Any:
        """Say what differs, and whether a replacement is needed."""
        old, outputs = _old(request)
        new = decode_properties(request.news)
        return _differing(self._configured.diff(_resource(request), old, outputs, new, list(request.ignoreChanges)))

    @_answered
    def Create(self, request: Any, context: Any) -> Any:
        """Create a resource; in a preview, say what is known of it."""
        inputs = decode_properties(request.properties)
        resource_id, outputs = self._configured.create(_resource(request), inputs, preview=request.preview)
        return provider_pb2.CreateResponse(id=resource_id, properties=encode_properties(outputs))

    @_answered
    def Read(self, request: Any, context: Any) -> Any:
        """Read a resource: of the state (a refresh), or known by its id only (an import)."""
        inputs, outputs = decode_properties(request.inputs), decode_properties(request.properties)
        seen = self._configured.read(_resource(request), inputs, outputs)
        if seen is None:
            return provider_pb2.ReadResponse()
        return provider_pb2.ReadResponse(
            id=seen.id, properties=encode_properties(seen.outputs), inputs=encode_properties(seen.inputs)
        )

    @_answered
    def Update(self, request: Any, context: Any) -> Any:
        """Update a resource; in a preview, say what is known of it."""
        old, outputs = _old(request)
        outputs = self._configured.update(
            _resource(request),
            old,
            outputs,
            decode_properties(request.news),
            list(request.ignoreChanges),
            preview=request.preview,
        )
        return provider_pb2.UpdateResponse(properties=encode_properties(outputs))

    @_answered
    def Delete(self, request: Any, context: Any) -> Any:
        """Delete a resource."""
        inputs, outputs = decode_properties(request.old_inputs), decode_properties(request.properties)
        self._configured.delete(_resource(request), inputs, outputs)
        return empty_pb2.Empty()

    @_answered
    def Invoke(self, request: Any, context: Any) -> Any:
        """Ask a function of the provider."""
        result = self._configured.invoke(request.tok, decode_properties(request.args))
        return provider_pb2.InvokeResponse(**{"return": encode_properties(result)})

    @property
    def _configured(self) -> Provider:
        if self._provider is None:
            raise FailedError("the provider was not configured")
        return self._provider


def _resource(request: Any) -> Resource:
    """Return which resource a request is about; of the URN's types the last is its own."""
    _, _, chain, name = request.urn.split("::", 3)
    timeout_s = getattr(request, "timeout", 0.0)
    return Resource(chain.rpartition("$")[2], name, getattr(request, "id", ""), timeout_s or None)


def _old(request: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the old inputs and outputs; an engine of before 2023 sends outputs only, which hold the inputs."""
    outputs = decode_properties(request.olds)
    return (decode_properties(request.old_inputs) if request.HasField("old_inputs") else outputs), outputs


def _checked(inputs: dict[str, Any], wrong: Iterable[Problem]) -> Any:
    failures = [provider_pb2.CheckFailure(property=problem.path, reason=problem.reason) for problem in wrong]
    return provider_pb2.CheckResponse(inputs=encode_properties(inputs), failures=failures)


def _differing(difference: Difference) -> Any:
    kinds = provider_pb2.PropertyDiff.Kind
    detailed = {
        path: provider_pb2.PropertyDiff(
            kind=kinds.Value(f"{kind}_REPLACE" if _top(path) in difference.because else kind), inputDiff=True
        )
        for path, kind in difference.paths.items()
    }
    return provider_pb2.DiffResponse(
        changes=provider_pb2.DiffResponse.DIFF_SOME if difference.paths else provider_pb2.DiffResponse.DIFF_NONE,
        replaces=sorted(difference.because),
        deleteBeforeReplace=difference.delete_first,
        diffs=sorted(difference.inputs),
        detailedDiff=detailed,
        hasDetailedDiff=True,
    )


def _top(path: str) -> str:
    return path.partition(".")[0].partition("[")[0]


class _Status(grpc.Status):  # type: ignore[misc]
    """A gRPC status with details, as google.rpc.Status holds them."""

    def __init__(self, code: grpc.StatusCode, message: str, detail: Any) -> None:
        status = status_pb2.Status(code=code.value[0], message=message)
        status.details.add().Pack(detail)
        self.code, self.details = code, message
        self.trailing_metadata = (("grpc-status-details-bin", status.SerializeToString()),)


def _abort_partly(context: grpc.ServicerContext, error: PartlyCreatedError) -> NoReturn:
    detail = provider_pb2.ErrorResourceInitFailed(
        id=error.resource_id,
        properties=encode_properties(error.outputs),
        inputs=encode_properties(error.inputs),
        reasons=[error.reason],
    )
    context.abort_with_status(_Status(grpc.StatusCode.FAILED_PRECONDITION, error.reason, detail))
    raise AssertionError("abort_with_status raises")
