"""What a prober is told: one JSON document on its standard input."""

import msgspec

from operations.prober.account import Account


class ProberConfig(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where to send, how much, and where to write what was seen.

    `site_url` is `https://<name or address>`; `ca_file` holds the authorities that its certificate must chain to (None:
    the system's). Rates are arrivals a second. `max_in_flight` slots serve them: an arrival that finds none is recorded
    as dropped. `probe_paths`: each is one service's own, and gets a share of the reads. `parent_pid` is the process
    whose death ends the prober (besides the end of standard input). Samples are appended to the open file
    `samples_fd`, which lies in memory, and to `samples_file` as far as the disk takes them (None: not at all).
    """

    site_url: str
    ca_file: str | None
    samples_file: str | None
    run_id: str
    account: Account
    reads_per_s: float = 10.0
    writes_per_s: float = 10.0
    timeout_s: float = 2.0
    max_in_flight: int = 256
    probe_paths: tuple[str, ...] = ()
    parent_pid: int | None = None
    samples_fd: int | None = None
