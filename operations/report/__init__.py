"""The report of an operation: one HTML page that opens offline, and its JSON document."""

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
from operations.report.write import read_report, write_report

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
    "read_report",
    "write_report",
]
