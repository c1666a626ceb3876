"""werkzeug's threaded server, with moto's request class, quiet."""

from collections.abc import Callable
from pathlib import Path
from typing import Any


def serve(application: Any, socket_file: Path, on_listening: Callable[[], None]) -> None:
    """Serve the WSGI application on a Unix socket forever; `on_listening` is called once it is open."""
    from moto.moto_server.werkzeug_app import MotoRequestHandler
    from werkzeug.serving import ThreadedWSGIServer

    class QuietHandler(MotoRequestHandler):
        def log(self, type: str, message: str, *args: Any) -> None:  # noqa: A002 - werkzeug's name
            """Say nothing: one line a request would be the biggest file of an instance."""

    class Server(ThreadedWSGIServer):
        request_queue_size = 256

    server = Server(f"unix://{socket_file}", 0, application, handler=QuietHandler)
    socket_file.chmod(0o600)
    on_listening()
    server.serve_forever()
