"""The kinds of operations of this room."""

from typing import Final

from operations.kind import Kind, Watching
from releases.document import release_document, requests_failed
from releases.model import Release, ReleaseFacts
from releases.plan import plan_deploy, plan_first, plan_rollback
from releases.report import release_report

DEPLOY: Final = Kind(
    name="deploy",
    params=Release,
    facts=ReleaseFacts,
    plan=plan_deploy,
    watching=Watching(
        needs_good="breiqctl release rollback, if a release made it bad; or release over it: --bad-traffic-accepted",
        every_service=True,
    ),
    document=release_document,
    missed=requests_failed,
    report=release_report,
)
ROLLBACK: Final = Kind(
    name="rollback",
    params=Release,
    facts=ReleaseFacts,
    plan=plan_rollback,
    watching=Watching(every_service=True),
    document=release_document,
    missed=requests_failed,
    report=release_report,
)
FIRST: Final = Kind(name="first-release", params=Release, facts=ReleaseFacts, plan=plan_first)
