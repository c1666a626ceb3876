"""Whether tasks could be given the secrets that their definitions name: asked before a release changes anything.

A task whose secret is deleted, or is being deleted, does not start (ECS: ResourceInitializationError). The secrets'
values are not read, and no right to read them is needed.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any, Final, Literal

import msgspec

from aws.errors import NotFound
from operations.concurrency import run_concurrently
from operations.step import Refusal
from releases.model import RegionFacts

if TYPE_CHECKING:
    from aws.session import Session

LOCAL: Final = "breiq-local/"
"""How the names of the local cloud's secrets begin: `local up` makes them, and makes them whole again."""

RESTORE_LOCALLY: Final = "breiqctl local up restores it; then run the command again"
RENEW: Final = (
    "breiqctl estate up, then breiqctl deploy --blue-green IMAGE --migrate with the version that runs (breiqctl "
    "release show): tasks then name the new secret, and the database has its value"
)
"""A secret that was made anew has another ARN, and perhaps another value: right for both."""

SUFFIX: Final = 7
"""A secret's ARN ends in a hyphen and six characters that AWS chooses."""


State = Literal["there", "deleting", "missing", "replaced"]
"""`replaced`: there is one of its name, made anew, under another ARN than the one that the tasks name."""

WORDS: Final[dict[State, str]] = {
    "deleting": "is scheduled for deletion",
    "missing": "does not exist",
    "replaced": "was made anew, and the tasks name the old one",
}


class SecretProblem(msgspec.Struct, frozen=True, kw_only=True):
    """A secret that tasks cannot be given, and why not."""

    region: str
    name: str
    state: State
    users: list[str]

    @property
    def deleting(self) -> bool:
        """Whether it is scheduled for deletion, and can be restored."""
        return self.state == "deleting"


def secret_refusal(
    clients: "Callable[[str], Session]", regions: Sequence[RegionFacts], *, kept: bool = False, migrate: bool = False
) -> Refusal | None:
    """Refuse when a secret that tasks of a release need does not exist, or is scheduled for deletion.

    `kept`: the idle colour's own revision will run (a rollback), and not a new one of the family. Raises AwsError.
    """
    found = [one for region in regions for one in _problems(clients(region.region), region, kept, migrate)]
    if not found:
        return None
    texts = [f"{one.name} in {one.region} {WORDS[one.state]} (needed by {', '.join(one.users)})" for one in found]
    why = f"{'a secret' if len(found) == 1 else 'secrets'} of the tasks cannot be read: {'; '.join(texts)}"
    return Refusal("secret_missing", why, remedy_of(found, [region.region for region in regions]))


def remedy_of(found: Sequence[SecretProblem], regions: Sequence[str]) -> str:
    """Return the commands that bring these secrets back, by AWS or by the local cloud."""
    names = list(dict.fromkeys(one.name for one in found))
    if all(one.state == "replaced" for one in found):
        return RENEW
    then = f"; then {RENEW}" if any(one.state == "replaced" for one in found) else ""
    gone = [name for name in names if _is_gone(found, name, regions)]
    if names[0].startswith(LOCAL):
        if gone:
            return f"breiqctl local up makes it again, with a new value; then {RENEW}"
        return f"breiqctl local up makes its replica again{then}" if then else RESTORE_LOCALLY
    if gone:
        return (
            f"aws secretsmanager create-secret --region {regions[0]} --name {gone[0]} --secret-string VALUE "
            f"--add-replica-regions Region={regions[-1]}; then {RENEW}"
        )
    by_aws = sorted((one for one in found if one.state != "replaced"), key=lambda one: not one.deleting)
    return "; ".join(_command(one, regions) for one in by_aws) + then


def _command(one: SecretProblem, regions: Sequence[str]) -> str:
    if one.deleting:
        return f"aws secretsmanager restore-secret --region {one.region} --secret-id {one.name}"
    source = next(region for region in regions if region != one.region)
    return (
        f"aws secretsmanager replicate-secret-to-regions --region {source} --secret-id {one.name} "
        f"--add-replica-regions Region={one.region}"
    )


def _is_gone(found: Sequence[SecretProblem], name: str, regions: Sequence[str]) -> bool:
    """Return whether no region has a secret any more, not even one that could be restored."""
    return {one.region for one in found if one.name == name and one.state == "missing"} >= set(regions)


def _problems(session: "Session", region: RegionFacts, kept: bool, migrate: bool) -> list[SecretProblem]:
    families = [*([region.migrate_family] if migrate else []), *([] if kept else [region.smoke_family])]
    definitions = [one.target.task_definition if kept else one.family for one in region.everything] + families
    documents = run_concurrently(definitions, lambda name: session.ecs.task_definition(name).document)
    names = [*(one.name for one in region.everything), *families]
    return problems_of(session, list(zip(names, documents, strict=True)))


def problems_of(session: "Session", named: Sequence[tuple[str, dict[str, Any]]]) -> list[SecretProblem]:
    """Return the secrets of task definitions, each with its user's name, that a task cannot be given.

    Raises AwsError.
    """
    users: dict[str, list[str]] = {}
    for name, document in named:
        for secret in secrets_of(document):
            users.setdefault(secret, []).append(name)
    states = run_concurrently(list(users), lambda secret: _state(session, secret))
    return [
        SecretProblem(region=session.region, name=_name(secret), state=state, users=users[secret])
        for secret, state in zip(users, states, strict=True)
        if state != "there"
    ]


def secrets_of(document: dict[str, Any]) -> Iterable[str]:
    """Return the ARNs (or names) of the secrets that a task definition names, each once."""
    found = [
        ":".join(one["valueFrom"].split(":")[:7]) if one["valueFrom"].startswith("arn:") else one["valueFrom"]
        for container in document["containerDefinitions"]
        for one in container.get("secrets") or []
    ]
    return list(dict.fromkeys(one for one in found if ":ssm:" not in one))


def _state(session: "Session", secret: str) -> State:
    try:
        return "there" if session.secretsmanager.has_value(secret) else "deleting"
    except NotFound:
        name = _name(secret)
    try:
        return "replaced" if name != secret and session.secretsmanager.has_value(name) else "missing"
    except NotFound:
        return "missing"


def _name(secret: str) -> str:
    """Return the name in a secret's ARN."""
    return secret.rpartition(":secret:")[2][:-SUFFIX] if ":secret:" in secret else secret
