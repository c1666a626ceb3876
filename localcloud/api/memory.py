"""The record as a file: what all services hold, written, and read again (a snapshot of a local cloud).

Only moto's backends are written, with what service modules keep in them, and the table that a module names `KEPT`.
A backend is not made from the file: this process's own gets what the file has for it, so that its patches hold.
"""

import pickle
import tempfile
import threading
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from types import FunctionType, ModuleType
from typing import IO, Any, Final

from localcloud.api.calls import Calls
from localcloud.api.record import LOCK
from localcloud.core import changes

PROTOCOL: Final = 5
_LOCK: Final = type(threading.Lock())
_RLOCK: Final = type(threading.RLock())


def dump(modules: Mapping[str, ModuleType], calls: Calls, stream: IO[bytes]) -> None:
    """Write the record, and the calls that made it; nobody changes it meanwhile.

    Raises pickle.PicklingError or TypeError for what pickle cannot write.
    """
    with LOCK:
        backends = [backend for service in _services() for account in service.values() for backend in account.values()]
        tables = {name: module.KEPT for name, module in modules.items() if hasattr(module, "KEPT")}
        _Pickler(stream, PROTOCOL).dump((backends, tables, calls.made))


def load(modules: Mapping[str, ModuleType], calls: Calls, stream: IO[bytes]) -> None:
    """Make the record what the file holds; the services are patched already."""
    with LOCK:
        _, tables, made = pickle.load(stream)  # noqa: S301 - the instance's own file, in a folder that its owner alone writes
        for name, table in tables.items():
            modules[name].KEPT.update(table)
        calls.made |= made
    changes.bump()


class _Pickler(pickle.Pickler):
    """Knows the few things in moto's memory that pickle does not."""

    def reducer_override(self, thing: Any) -> Any:
        """See pickle.Pickler: how to make the thing again, or NotImplemented where pickle knows."""
        return next((reduce(thing) for kind, reduce in _reducers() if isinstance(thing, kind)), NotImplemented)


@cache
def _reducers() -> Sequence[tuple[type[Any], Callable[[Any], Any]]]:
    """Return what pickle does not know, with what is written of it: (function, its arguments, what is set then)."""
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
    from cryptography.x509 import Certificate
    from moto.core.base_backend import BaseBackend

    return (
        (
            BaseBackend,
            lambda backend: (_backend, (_service(backend), backend.account_id, backend.region_name), vars(backend)),
        ),
        (RSAPrivateKey, lambda key: (_rsa_key, (_pem(key),))),
        (Certificate, lambda certificate: (_certificate, (_pem(certificate),))),
        (_RLOCK, lambda _: (threading.RLock, ())),
        (_LOCK, lambda _: (threading.Lock, ())),
        (tempfile.SpooledTemporaryFile, lambda file: (_spooled, (file._max_size, _content(file)))),
        (defaultdict, _reduce_mapping),
        (FunctionType, _reduce_function),
    )


def _reduce_mapping(mapping: Any) -> Any:
    if type(mapping) is defaultdict:
        return NotImplemented
    return _mapping, (type(mapping), mapping.default_factory), vars(mapping), None, iter(mapping.items())


def _reduce_function(function: Any) -> Any:
    if "<" not in function.__qualname__:
        return NotImplemented
    import dill

    return dill.loads, (dill.dumps(function),)


def _service(backend: Any) -> str:
    """Return the name by which moto knows a backend's service."""
    (found,) = (one.service_name for one in _services() if one.backend is type(backend))
    return str(found)


def _services() -> list[Any]:
    """Return moto's services that have a backend."""
    from moto.core import base_backend

    instances: list[Any] = vars(base_backend.BackendDict)["_instances"]
    return list(instances)


def _backend(service: str, account: str, region: str) -> Any:
    from moto.backends import get_backend

    return get_backend(service)[account][region]  # type: ignore[call-overload]


def _pem(thing: Any) -> bytes:
    from cryptography.hazmat.primitives import serialization as form

    if hasattr(thing, "public_bytes"):
        return bytes(thing.public_bytes(form.Encoding.PEM))
    return bytes(thing.private_bytes(form.Encoding.PEM, form.PrivateFormat.PKCS8, form.NoEncryption()))


def _rsa_key(pem: bytes) -> Any:
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    return load_pem_private_key(pem, None)


def _certificate(pem: bytes) -> Any:
    from cryptography.x509 import load_pem_x509_certificate

    return load_pem_x509_certificate(pem)


def _mapping(kind: type[Any], default_factory: Any) -> Any:
    """Make a mapping of moto's without its constructor, which takes other arguments than a defaultdict's."""
    made = kind.__new__(kind)  # type: ignore[call-overload]
    made.default_factory = default_factory
    return made


def _content(file: Any) -> bytes:
    at = file.tell()
    file.seek(0)
    content: bytes = file.read()
    file.seek(at)
    return content


def _spooled(size: int, content: bytes) -> Any:
    file = tempfile.SpooledTemporaryFile(max_size=size)  # noqa: SIM115 - moto's own, closed with the object
    file.write(content)
    file.seek(0)
    return file
