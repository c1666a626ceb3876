"""`python -m operations.prober`: the configuration is one JSON line on standard input; its end is the prober's."""

import asyncio
import signal
import sys

import msgspec

from operations.prober.config import ProberConfig
from operations.prober.process import run


def main() -> None:
    """Probe until standard input ends or the parent is gone."""
    config = msgspec.json.decode(sys.stdin.buffer.readline(), type=ProberConfig)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's: it decides what happens, and when we end
    try:
        import uvloop
    except ImportError:
        asyncio.run(run(config, sys.stdin.buffer))
    else:
        uvloop.run(run(config, sys.stdin.buffer))


main()
