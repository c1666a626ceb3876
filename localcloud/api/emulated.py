"""How a service module gives moto operations, or a whole service, that it lacks: small functions over a dictionary.

Requests are read and answers written by botocore's model of the service, so a function sees and returns plain
structures under AWS's names. Whatever it stores is a record: nothing follows from it. Runs in the api process, and in
tests under `mock_aws`; moto is imported inside functions alone.
"""

import importlib
import pkgutil
import re
import sys
import types
from collections.abc import Callable, Mapping
from typing import Any, Final
from uuid import uuid4

Store = dict[str, dict[str, Any]]
"""Of one account and region (a global service has one an account): kind → key → document."""

Parameters = dict[str, Any]
Operation = Callable[["RequestContext", Parameters], dict[str, Any]]


class RequestContext:
    """What an operation works on: `kind(name)` is the dictionary of one kind of document; who asks, and where."""

    def __init__(self, store: Store, account: str, region: str) -> None:
        self._store, self.account, self.region = store, account, region

    def kind(self, name: str) -> dict[str, Any]:
        """Return the documents of a kind by key; what is put into it stays."""
        return self._store.setdefault(name, {})

    def tags(self, owner: str) -> dict[str, str]:
        """Return the tags of an owner (ARN or id)."""
        found: dict[str, str] = self.kind("tags").setdefault(owner, {})
        return found


class ProblemError(Exception):
    """What AWS would answer with: an error code and a message."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code, self.message = code, message


def one(documents: dict[str, Any], key: str, code: str) -> Any:
    """Return the document under the key; raise AWS's error `code` when there is none."""
    if key not in documents:
        raise ProblemError(code, f"{key} does not exist")
    return documents[key]


def new_id() -> str:
    """Return a unique id."""
    return str(uuid4())


def add(service: str, operations: Mapping[str, Operation], *, regional: bool = True) -> None:
    """Make moto answer these operations of a service (boto3's name of it). Repeating it changes nothing.

    `regional` matters for a service that moto does not have at all: False, and all regions are one.
    """
    from moto.core.responses import BaseResponse
    from moto.core.utils import camelcase_to_underscores

    module = _module_of(service, regional=regional)
    for found in vars(importlib.import_module(f"{module}.responses")).values():
        if isinstance(found, type) and issubclass(found, BaseResponse) and found is not BaseResponse:
            for name, operation in operations.items():
                setattr(found, camelcase_to_underscores(name), _method(service, module, operation))
            _answer_every_path(module, found)


def _module_of(service: str, *, regional: bool) -> str:
    import moto

    name = service.replace("-", "")
    known = {found.name for found in pkgutil.iter_modules(moto.__path__)}
    if name not in known and f"moto.{name}" not in sys.modules:
        _make_service(service, name, regional=regional)
    return f"moto.{name}"


def _method(service: str, module: str, operation: Operation) -> Callable[[Any], Any]:
    from moto.core.exceptions import ServiceException
    from moto.core.responses import ActionResult

    problem = type("Problem", (ServiceException,), {"__module__": f"{module}.exceptions"})

    def method(self: Any) -> Any:
        self.parse_parameters(self.normalized_request)
        request = RequestContext(stored(service, self.current_account, self.region), self.current_account, self.region)
        try:
            return ActionResult(operation(request, _plain(self.params)))
        except ProblemError as error:
            raise problem(error.code, error.message) from error

    return method


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, list) else value


_KEPT: Final = "documents_of_the_local_cloud"


def stored(service: str, account: str, region: str) -> Store:
    """Return a service's store, which lives and is reset with moto's own backend."""
    from moto.backends import get_backend

    backends: Any = get_backend(service.replace("-", ""))[account]  # type: ignore[call-overload]
    backend = backends[region] if region in backends else backends["aws"]
    store: Store = backend.__dict__.setdefault(_KEPT, {})
    return store


def _answer_every_path(module: str, responses: Any) -> None:
    urls = importlib.import_module(f"{module}.urls")
    urls.url_paths.setdefault("{0}/.*$", responses.dispatch)


def _make_service(service: str, name: str, *, regional: bool) -> None:
    """Give moto a service of that name that has no operation yet."""
    from moto import backend_index
    from moto.core.base_backend import BackendDict, BaseBackend
    from moto.core.responses import BaseResponse

    class Backend(BaseBackend):
        """Holds nothing but the store."""

    class Response(BaseResponse):
        def __init__(self) -> None:
            super().__init__(service_name=service)

    pattern = rf"https?://{re.escape(_endpoint_prefix(service))}\.(.+\.)?amazonaws\.com"
    for part in ("models", "responses", "urls"):
        sys.modules[f"moto.{name}.{part}"] = types.ModuleType(f"moto.{name}.{part}")
    package = sys.modules[f"moto.{name}"] = types.ModuleType(f"moto.{name}")
    package.__path__ = []
    Backend.__module__ = f"moto.{name}.models"
    backends: Any = BackendDict(Backend, service, use_boto3_regions=regional, additional_regions=["aws"])
    for home in (package, sys.modules[f"moto.{name}.models"]):
        vars(home)[f"{name}_backends"] = backends
    vars(sys.modules[f"moto.{name}.responses"]).update(Response=Response)
    vars(sys.modules[f"moto.{name}.urls"]).update(url_bases=[pattern], url_paths={"{0}/$": Response.dispatch})
    backend_index.backend_url_patterns.append((name, re.compile(pattern)))


def _endpoint_prefix(service: str) -> str:
    from moto.core.utils import get_service_model

    return str(get_service_model(service).metadata["endpointPrefix"])
