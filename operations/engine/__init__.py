"""The engine of every operation: lock, journal, run; then resume, abort or unlock what stopped half-way.

`run` begins an operation, `recovery` goes on with one that stopped, `driver` is what both share, and `history` reads
the journals.
"""

from operations.engine.recovery import Verb
from operations.engine.run import Engine, new_operation_id

__all__ = ["Engine", "Verb", "new_operation_id"]
