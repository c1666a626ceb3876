"""The report of an operation: one self-contained HTML page and its JSON."""

from operations.report.data import (
    Chapter,
    Figure,
    Ledger,
    LostWrite,
    Mark,
    Objective,
    ReportData,
    StepRow,
    Tone,
)
from operations.report.write import write_report

__all__ = [
    "Chapter",
    "Figure",
    "Ledger",
    "LostWrite",
    "Mark",
    "Objective",
    "ReportData",
    "StepRow",
    "Tone",
    "write_report",
]
