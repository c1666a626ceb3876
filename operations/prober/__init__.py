"""Traffic that watches an operation from outside: an open arrival of reads and test writes through the public address.

`start_prober` runs it as a process of its own (`python -m operations.prober`); what it saw is a file of samples.
"""

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
