"""The prober: a process that sends reads and test writes to the public address while an operation runs."""

from operations.prober.account import Account, new_account
from operations.prober.config import ProberConfig
from operations.prober.handle import Prober, ProberError, start_prober
from operations.prober.sample import Sample, read_samples, write_title

__all__ = [
    "Account",
    "Prober",
    "ProberConfig",
    "ProberError",
    "Sample",
    "new_account",
    "read_samples",
    "start_prober",
    "write_title",
]
