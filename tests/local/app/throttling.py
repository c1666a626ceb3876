"""A proxy before AWS's stand-in that throttles notes while it is told to: PutItem alone, in every region."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx

_ANSWER = b'{"__type":"com.amazonaws.dynamodb.v20120810#ThrottlingException","message":"Rate exceeded"}'
_DROPPED = frozenset({"transfer-encoding", "content-length", "connection", "content-encoding"})


class _QuietServer(ThreadingHTTPServer):
    """A task that was stopped or killed takes no answer any more: nothing to tell."""

    def handle_error(self, *_: object) -> None:
        return


class Throttle:
    """Where tasks find AWS, and whether notes are throttled now."""

    def __init__(self, target: str) -> None:
        self.on = False
        self.refused = 0
        throttle, client = self, httpx.Client(base_url=target, timeout=5)

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length", 0)))
                if throttle.on and str(self.headers.get("x-amz-target")).endswith(".PutItem"):
                    throttle.refused += 1
                    self._answer(400, {"content-type": "application/x-amz-json-1.0"}, _ANSWER)
                    return
                headers = {name: value for name, value in self.headers.items() if name.lower() not in _DROPPED}
                answer = client.post(self.path, content=body, headers=headers)
                kept = {name: value for name, value in answer.headers.items() if name.lower() not in _DROPPED}
                self._answer(answer.status_code, kept, answer.content)

            def _answer(self, status: int, headers: dict[str, str], body: bytes) -> None:
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                return

        self._server = _QuietServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@contextmanager
def throttle_before(target: str) -> Iterator[Throttle]:
    """Give a proxy before `target`; it is gone afterwards."""
    throttle = Throttle(target)
    try:
        yield throttle
    finally:
        throttle.close()
