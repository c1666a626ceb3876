"""The kinds of operations of this room."""

from typing import Final

from operations.engine import Kind
from releases.model import Release, ReleaseFacts
from releases.plan import plan_deploy, plan_first, plan_rollback

DEPLOY: Final = Kind(name="deploy", params=Release, facts=ReleaseFacts, plan=plan_deploy)
ROLLBACK: Final = Kind(name="rollback", params=Release, facts=ReleaseFacts, plan=plan_rollback)
FIRST: Final = Kind(name="first-release", params=Release, facts=ReleaseFacts, plan=plan_first)
