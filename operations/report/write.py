"""Writes a report: `report.html`, which opens offline and needs no JavaScript, and `report.json` beside it."""

import json
from pathlib import Path
from typing import Any

import msgspec

from operations.percentile import percentile
from operations.report.chart import draw
from operations.report.curves import errors_by_text, slots
from operations.report.data import Chapter, ReportData
from operations.report.failed import failed_request, first_failed
from operations.report.text import count, moment, rfc3339, seconds


def write_report(folder: Path, document: ReportData) -> Path:
    """Write `report.html` and `report.json` into `folder` (made if absent) and return the page's path.

    Both are replaced as a whole, so that a reader never sees half of one. report.json is the contract's document with
    `report` added: curves by the second, marks, ledger, settings, method.
    """
    folder.mkdir(parents=True, exist_ok=True)
    page = folder / "report.html"
    _replace(folder / "report.json", json.dumps({**document.document, "report": as_json(document)}, indent=1))
    _replace(page, render(document))
    return page


def read_report(folder: Path) -> dict[str, Any]:
    """Return the contract's document of a folder's report.json; empty when there is none that can be read."""
    try:
        found = json.loads((folder / "report.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return {key: value for key, value in found.items() if key != "report"} if isinstance(found, dict) else {}


def render(document: ReportData) -> str:
    """Return the page."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    templates = Environment(
        loader=PackageLoader("operations.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    templates.filters.update(seconds=seconds, moment=moment, count=count, precise=lambda at: moment(at, precise=True))
    views = [_view(chapter) for chapter in document.chapters]
    return templates.get_template("report.html.j2").render(report=document, chapters=views)


def _view(chapter: Chapter) -> dict[str, Any]:
    good = [sample.latency_ms for sample in chapter.samples if sample.ok]
    return {
        "chapter": chapter,
        "chart": draw(chapter),
        "errors": errors_by_text(chapter.samples),
        "first_failed": [failed_request(one) for one in first_failed(chapter.samples)],
        "requests": len(chapter.samples),
        "failed": sum(not sample.ok for sample in chapter.samples),
        "p50_ms": percentile(good, 0.5),
        "p95_ms": percentile(good, 0.95),
        "late_p99_ms": percentile([sample.late_ms for sample in chapter.samples], 0.99),
    }


def as_json(document: ReportData) -> dict[str, Any]:
    """Return what the page shows beyond the contract's document, for scripts."""
    return {
        "operation_id": document.operation_id,
        "kind": document.kind,
        "title": document.title,
        "verdict": document.verdict,
        "reason": document.reason,
        "environment": document.environment,
        "owner": document.owner,
        "started_at": rfc3339(document.started_at),
        "ended_at": rfc3339(document.ended_at),
        "grade": document.grade,
        "objectives": [{**msgspec.to_builtins(o), "met": o.met} for o in document.objectives],
        "settings": document.settings,
        "method": document.method,
        "chapters": [_chapter_json(chapter) for chapter in document.chapters],
    }


def _chapter_json(chapter: Chapter) -> dict[str, Any]:
    curve = []
    for slot in slots(chapter.samples, chapter.origin_at):
        row = msgspec.structs.asdict(slot)
        row["served_by"] = [{"region": r, "colour": c, "good": n} for (r, c), n in slot.served_by.items()]
        curve.append(row)
    errors = [{"kind": kind, "error": text, "count": n} for kind, text, n in errors_by_text(chapter.samples)]
    return {
        "heading": chapter.heading,
        "origin_at": rfc3339(chapter.origin_at),
        "marks": [{"at": rfc3339(mark.at), "name": mark.name} for mark in chapter.marks],
        "steps": msgspec.to_builtins(chapter.steps),
        "curve": curve,
        "errors": errors,
        "ledger": msgspec.to_builtins(chapter.ledger),
    }


def _replace(path: Path, text: str) -> None:
    fresh = path.with_name(path.name + ".new")
    fresh.write_text(text, encoding="utf-8")
    fresh.replace(path)
