"""What the estate's plan says when it is looked at: judged, priced, drawn, held against the specification."""

from pathlib import Path
from typing import Any

import click

from breiqctl import completing
from breiqctl.context import Context, exit_with
from breiqctl.flags import reads
from breiqctl.output_file import OutputFile
from estate.errors import EXIT_CODES


@click.command()
@click.option("--list", "list_rules", is_flag=True, help="List the rules: id, reason, controls.")
@reads
def policy(context: Context, list_rules: bool) -> None:
    """Check the estate against the policies. Exit 3 when a mandatory rule is violated."""
    from breiqctl.estate import document as estate_document
    from breiqctl.views import estate
    from stackops import judge, policy_document, rules

    if list_rules:
        known = {"schema": "breiq.policy-rules/1", "rules": rules()}
        context.answer(known, _render_rules)
        return
    document = policy_document(judge(estate_document.make_plan(context).document))
    context.answer(document, lambda found: estate.policy_text(found, verbose=True))
    if document["mandatory"]:
        exit_with(EXIT_CODES["refused"])


def _render_rules(document: dict[str, Any]) -> str:
    from breiqctl.views.tables import table

    rows = [[one["id"], one["level"], one["title"], ", ".join(one["controls"])] for one in document["rules"]]
    return table(["rule", "level", "what must hold", "stands for"], rows)


@click.command()
@reads
def cost(context: Context) -> None:
    """Show the monthly cost by line, compared with the specification's table, and possible savings."""
    from breiqctl.estate import document as estate_document
    from breiqctl.views import cost as cost_view

    report = estate_document.cost_of(context, estate_document.make_plan(context))
    context.answer(cost_view.document(report), lambda _: cost_view.text(report, verbose=context.verbose))


@click.command()
@click.option("-o", "--output", type=OutputFile(), help="The file to write. [default: stdout]")
@reads
def diagram(context: Context, output: Path | None) -> None:
    """Draw the estate as SVG: regions, zones, tiers and flows, from the program itself."""
    from breiqctl.estate import document as estate_document
    from review.diagram import diagram as draw

    svg = draw(estate_document.make_plan(context).document)
    document: dict[str, Any] = {"schema": "breiq.diagram/1", "environment": context.environment_name}
    if output is None:
        context.answer({**document, "svg": svg}, lambda found: str(found["svg"]), verbatim=True)
        return
    output.write_text(svg)
    context.answer({**document, "path": str(output)}, lambda found: f"drawn to {found['path']}")


@click.command()
@click.option(
    "--region", shell_complete=completing.regions, help="The region whose copy is shown. [default: the primary]"
)
@reads
def manifest(context: Context, region: str | None) -> None:
    """Show the manifest of one region: what operations know about the estate."""
    import msgspec

    from operations.manifest import read_manifest

    found = read_manifest(context.environment, context.session(region or context.environment.primary_region))
    document = {"schema": "breiq.manifest/1", **msgspec.to_builtins(found)}
    context.answer(
        document, lambda shown: msgspec.json.format(msgspec.json.encode(shown), indent=2).decode(), verbatim=True
    )


@click.command()
@click.option("-o", "--output", type=OutputFile(), help="The file to write. [default: stdout]")
@reads
def coverage(context: Context, output: Path | None) -> None:
    """Show how each sentence of the specification is implemented. Exit 1 when a claim is not true."""
    from breiqctl.estate import document as estate_document
    from review.coverage import BROKEN, SPECIFICATION, cover, page, read_claims, uncovered

    plans = {name: estate_document.offline_plan(name).document for name in ("production", "staging")}
    claims, text = read_claims(), SPECIFICATION.read_text()
    rows, missing = cover(plans, claims, text), uncovered(claims, text)
    broken = [
        {"line": row.line, "says": row.text, "problems": "; ".join(row.problems)}
        for row in rows
        if row.status == BROKEN
    ]
    document: dict[str, Any] = {
        "schema": "breiq.coverage/1",
        "claims": len(rows),
        "by_status": {
            status: sum(row.status == status for row in rows) for status in sorted({row.status for row in rows})
        },
        "broken": broken,
        "without_claim": [{"line": number, "says": line} for number, line in missing],
    }
    if output:
        output.write_text(page(rows))
        context.answer(
            {**document, "path": str(output)}, lambda found: f"written to {found['path']}: {found['by_status']}"
        )
    else:
        context.answer(document, lambda _: page(rows), verbatim=True)
    if broken or missing:
        for one in broken:
            context.say(f"line {one['line']} {one['says']!r}: {one['problems']}")
        exit_with(1)
