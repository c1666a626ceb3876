import io
import pickle
import tempfile
import threading
from collections import defaultdict
from types import SimpleNamespace
from typing import Any

import pytest

from localcloud.api.calls import Calls
from localcloud.api.memory import PROTOCOL, _Pickler, dump, load
from localcloud.api.record import ACCOUNT


def again(thing: Any) -> Any:
    stream = io.BytesIO()
    _Pickler(stream, PROTOCOL).dump(thing)
    return pickle.loads(stream.getvalue())


def test_a_service_of_this_process_gets_what_the_file_has_and_stays_the_same_object() -> None:
    from moto.backends import get_backend

    backend = get_backend("sqs")[ACCOUNT]["us-west-2"]
    backend.reset()
    queue = backend.create_queue("jobs", {})
    queue.owner = backend
    calls, table = Calls(), {"a.test": "127.9.0.1"}
    calls.made.add(("other", "us-west-2", "sqs", "CreateQueue", ()))
    stream = io.BytesIO()
    dump({"names": SimpleNamespace(KEPT=table), "sqs": SimpleNamespace()}, calls, stream)  # type: ignore[dict-item]

    backend.reset()
    assert backend.queues == {}
    stream.seek(0)
    names, found = SimpleNamespace(KEPT={}), Calls()
    load({"names": names}, found, stream)  # type: ignore[dict-item]
    assert get_backend("sqs")[ACCOUNT]["us-west-2"] is backend
    assert backend.queues["jobs"].owner is backend
    assert (names.KEPT, found.made) == (table, calls.made)
    backend.reset()


class Counted(defaultdict[str, int]):
    """A mapping with a constructor of its own, as moto has them."""

    def __init__(self, region: str) -> None:
        super().__init__(lambda: 7)
        self.region = region


def test_what_pickle_does_not_know_is_the_same_again() -> None:
    counted = Counted("us-east-1")
    counted["one"] = 1
    copy = again({"counted": counted, "again": counted})
    assert copy["counted"] is copy["again"]
    assert (copy["counted"].region, copy["counted"]["one"], copy["counted"]["two"]) == ("us-east-1", 1, 7)

    file = tempfile.SpooledTemporaryFile(max_size=10)  # noqa: SIM115
    file.write(b"longer than what is kept in memory")
    assert again(file).read() == b"longer than what is kept in memory"
    assert again(threading.Lock()).acquire()
    assert again(threading.RLock()).acquire()


def test_keys_and_certificates_are_the_same_again() -> None:
    import trustme
    from cryptography.hazmat.primitives.asymmetric import rsa
    from cryptography.x509 import load_pem_x509_certificate

    key = rsa.generate_private_key(65537, 2048)
    assert again(key).private_numbers() == key.private_numbers()
    certificate = load_pem_x509_certificate(trustme.CA().cert_pem.bytes())
    assert again(certificate) == certificate


def test_what_nobody_can_write_is_an_error() -> None:
    with pytest.raises(TypeError):
        again(
            {
                "thread": threading.current_thread(),
                "stack": iter(SimpleNamespace, None).__class__,
                "gen": (n for n in ()),
            }
        )
