"""How long what is stored as objects is kept, and where it moves as it ages."""

from estate.config.base import Strict


class StorageConfig(Strict, frozen=True):
    """Sections 2.4, 6.2 and 10.1 of the specification, in days.

    `raw_glacier`: originals move to Glacier. `processed_ia`, `processed_archive`: transcoded videos move to
    Standard-IA, then to Glacier Instant Retrieval, from which they still play. `temporary`: files of the transcoding
    go. `noncurrent`: a version that was overwritten or deleted can be had back. `vault`: so long after its writing a
    version in the vault cannot be deleted. `access_logs`, `log_archive`, `audit_logs`: kept so long, the first in the
    buckets that AWS's services write to, the others in the archive.
    """

    raw_glacier: int
    processed_ia: int
    processed_archive: int
    temporary: int
    noncurrent: int
    vault: int
    access_logs: int
    log_archive: int
    audit_logs: int
