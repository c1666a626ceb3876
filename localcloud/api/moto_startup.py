"""Make moto cheap: half a second and a hundred megabytes less at the start, milliseconds less at each request.

Left out are EC2's catalogue of instance types (no instances run here), boto3's list of every AWS region, and the prose
in the services' models. Must run before moto's services load.
"""

import contextlib
import json
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Final

_LEFT_OUT: Final = ("ec2/resources/instance_type", "ec2/resources/latest_amis", "ec2/resources/amis")


def slim_moto(regions: Sequence[str]) -> None:
    """Have moto know these regions only, and no instance types."""
    import boto3.session
    from botocore.loaders import JSONFileLoader
    from moto.utilities import utils

    load = utils.load_resource

    def load_resource(resource: str) -> Any:
        if resource.startswith(_LEFT_OUT):
            return [] if "amis" in resource else {}
        return load(resource)

    def get_available_regions(
        _: Any, service_name: str, partition_name: str = "aws", allow_non_regional: bool = False
    ) -> list[str]:
        del service_name, allow_non_regional
        return list(regions) if partition_name == "aws" else []

    utils.load_resource = load_resource
    JSONFileLoader._load_file = _load_model  # type: ignore[attr-defined]
    boto3.session.Session.get_available_regions = get_available_regions  # type: ignore[method-assign,assignment]


def speed_up_requests() -> None:
    """Have moto remember what it works out anew for each request (a whole `up`: 3.4 s of CPU instead of 4.8 s)."""
    import moto.backends
    import moto.core.responses
    import moto.core.utils
    from cryptography.hazmat.primitives.asymmetric import rsa
    from moto.moto_server.werkzeug_app import DomainDispatcherApplication

    modules = tuple(moto.backends.list_of_moto_modules())
    moto.backends.list_of_moto_modules = lambda: modules
    responses: Any = moto.core.responses
    utils: Any = moto.core.utils
    responses.method_names_from_class = cache(responses.method_names_from_class)
    utils.create_loader = cache(utils.create_loader)
    # Certificates and key pairs are records here, nobody serves them: one key for all saves a second of arithmetic.
    rsa.generate_private_key = cache(rsa.generate_private_key)
    find: Any = DomainDispatcherApplication.get_backend_for_host
    known: dict[str, Any] = {}

    def get_backend_for_host(self: Any, host: str | None) -> Any:
        if host is None:
            return None
        if host not in known:
            known[host] = find(self, host)
        return known[host]

    DomainDispatcherApplication.get_backend_for_host = get_backend_for_host  # type: ignore[method-assign]


def warm_up(services: Iterable[str]) -> None:
    """Read the services' models before they are needed: a service's first request waits for its own (EC2's: 0.3 s)."""
    from botocore.exceptions import UnknownServiceError
    from moto.core.utils import get_service_model

    for service in services:
        with contextlib.suppress(UnknownServiceError):
            get_service_model(service)


def _load_model(_: Any, path: str, open_file: Callable[[str, str], Any]) -> Any:
    """Read one of botocore's JSON files without its documentation, as plain dicts: half the memory and less time."""
    if not Path(path).is_file():
        return None
    with open_file(path, "rb") as file:
        return json.loads(file.read(), object_hook=_without_documentation)


def _without_documentation(document: dict[str, Any]) -> dict[str, Any]:
    if isinstance(document.get("documentation"), str):
        del document["documentation"]
    return document
