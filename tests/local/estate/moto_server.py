"""AWS's API by moto on a port of loopback, in a thread of this process: what the plugin's tests ask."""

from collections.abc import Iterator
from contextlib import contextmanager
from urllib.request import Request, urlopen

from moto.server import ThreadedMotoServer

ACCOUNT = "123456789012"
"""Whose account it is, whatever the credentials."""


@contextmanager
def moto_server() -> Iterator[str]:
    """Serve an empty AWS and give its address."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    server.start()
    try:
        host, port = server.get_host_and_port()
        address = f"http://{host}:{port}"
        urlopen(Request(f"{address}/moto-api/reset", method="POST"), timeout=10).close()
        yield address
    finally:
        server.stop()
