"""Serves the plugin on a port of loopback, prints the port, and ends when Pulumi ends it, or with Pulumi."""

import os
import signal
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Final

import grpc  # type: ignore[import-untyped]
from pulumi.runtime.proto import provider_pb2_grpc

from provisioner.plugin.servicer import Servicer

THREADS: Final = 64
"""Operations at the same time: most of them wait for AWS."""

PARENT_PERIOD_S: Final = 1.0

LONGEST_MESSAGE_BYTES: Final = 400 * 1024 * 1024
"""Pulumi's own limit. Source: pulumi/pulumi, `sdk/go/common/util/rpcutil/grpc.go`."""


def main() -> None:
    """Serve until the process is told to end."""
    server = grpc.server(
        ThreadPoolExecutor(THREADS, "plugin"),
        options=[
            ("grpc.max_receive_message_length", LONGEST_MESSAGE_BYTES),
            ("grpc.max_send_message_length", LONGEST_MESSAGE_BYTES),
        ],
    )
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(Servicer(), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    ended = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: ended.set())
    sys.stdout.write(f"{port}\n")
    sys.stdout.flush()
    engine = os.getppid()
    while not ended.wait(PARENT_PERIOD_S):
        if os.getppid() != engine:  # it was killed, and could not end its plugins
            break
    server.stop(grace=1).wait()


main()
