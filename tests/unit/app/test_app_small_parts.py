import base64
import hashlib
import hmac
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import jwt
import msgspec
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from app.api.videos import read_cursor, write_cursor
from app.api.wire import fingerprint
from app.aws.errors import AwsError
from app.aws.operations_table import OperationsTable
from app.contract import writer_contract
from app.errors import ApiError, not_the_writer, outcome_unknown
from app.lease import LeaseItem
from app.migrate import scram_verifier
from app.renewer import Seen, may_extend
from app.security import AUDIENCE, ISSUER, LIFETIME_S, Tokens
from app.settings import Secret, SettingsError, read_migration_settings, read_settings, read_smoke_settings
from app.unreplicated import LOOK_EVERY_S, SAY_EVERY_S, UnreplicatedWatch

COMPLETE = {
    "SERVICE": "gateway,auth,video,social", "APP_ENVIRONMENT": "test", "AWS_REGION": "us-east-1", "OTHER_REGION": "us-west-2", "OPERATIONS_TABLE": "t",
    "DB_HOST": "db", "DB_NAME": "breiq", "DB_CA_FILE": "/ca", "DB_PASSWORD": "p", "DB_FENCE_PASSWORD": "p",
    "REDIS_HOST": "r", "REDIS_CA_FILE": "/ca", "CACHE_TOKEN": "c", "TOKEN_KEY": "k", "VIDEO_BUCKET": "b",
}  # fmt: skip


def pem() -> str:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()


@pytest.fixture(scope="module")
def key() -> str:
    return pem()


# settings


def test_settings_have_defaults_and_hide_secrets() -> None:
    settings = read_settings(COMPLETE)
    assert settings.database is not None
    assert (settings.port, settings.stop_grace_s) == (8000, 30)
    assert (settings.database.address.port, settings.database.pool_max) == (5432, 20)
    assert "'p'" not in repr(settings)


def test_every_problem_of_the_environment_is_said_at_once() -> None:
    with pytest.raises(SettingsError) as caught:
        read_settings({"SERVICE": COMPLETE["SERVICE"], "PORT": "eighty", "DB_POOL_MAX": "0"})
    assert len(caught.value.problems) == len(COMPLETE) - 1 + 2
    with pytest.raises(SettingsError):
        read_migration_settings({})
    with pytest.raises(SettingsError):
        read_smoke_settings({})


# tokens


def test_a_token_names_its_user_until_it_ends(key: str) -> None:
    tokens = Tokens(Secret(key))
    token = tokens.give("u1")
    assert tokens.user_of(f"Bearer {token}") == "u1"
    claims = jwt.decode(token, options={"verify_signature": False})
    assert (claims["iss"], claims["aud"], claims["exp"] - claims["iat"]) == (ISSUER, AUDIENCE, LIFETIME_S)
    old = Tokens(Secret(key), clock=lambda: 1000.0).give("u1")
    with pytest.raises(ApiError) as caught:
        tokens.user_of(f"Bearer {old}")
    assert caught.value.code == "token_expired"


@pytest.mark.parametrize("header", [None, "", "Bearer", "Basic abc", "Bearer a.b.c"])
def test_no_user_without_a_valid_token(key: str, header: str | None) -> None:
    with pytest.raises(ApiError) as caught:
        Tokens(Secret(key)).user_of(header)
    assert caught.value.status == 401


def test_a_token_signed_by_another_key_or_by_none_is_refused(key: str) -> None:
    tokens = Tokens(Secret(key))
    unsigned = jwt.encode({"sub": "u", "iss": ISSUER, "aud": AUDIENCE, "iat": 1, "exp": 9e9}, "", algorithm="none")
    for token in (Tokens(Secret(pem())).give("u1"), unsigned):
        with pytest.raises(ApiError) as caught:
            tokens.user_of(f"Bearer {token}")
        assert caught.value.code == "token_invalid"


def test_tasks_of_before_and_after_a_rotation_accept_each_others_tokens(key: str) -> None:
    keys = [key]
    before = Tokens(Secret(key))
    for _ in range(3):
        keys = [pem(), *keys[:2]]
        after = Tokens(Secret("\n".join(keys)))
        assert before.user_of(f"Bearer {after.give('u1')}") == "u1"
        assert after.user_of(f"Bearer {before.give('u2')}") == "u2"
        before = after
    with pytest.raises(ApiError) as caught:
        before.user_of(f"Bearer {Tokens(Secret(key)).give('u1')}")
    assert caught.value.code == "token_invalid", "a key that was rotated out is no longer accepted"


@pytest.mark.parametrize("bundle", ["", "no key", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----"])
def test_what_is_no_key_is_refused(bundle: str) -> None:
    with pytest.raises(ValueError):  # the library's words differ with its version
        Tokens(Secret(bundle))


# renewer


def seen(*, in_recovery: bool = False, epoch: int = 2) -> Seen:
    return Seen(clock=1.0, in_recovery=in_recovery, epoch=epoch, beat_at=0.0)


@pytest.mark.parametrize(
    ("item", "state", "allowed"),
    [
        (LeaseItem("east", 2, "open", "east"), seen(), True),
        (LeaseItem("east", 3, "open", "west"), seen(), True),
        (None, seen(), False),
        (LeaseItem("west", 2, "open", "west"), seen(), False),
        (LeaseItem("east", 2, "taken", "east"), seen(), False),
        (LeaseItem("east", 2, "draining", "east"), seen(), False),
        (LeaseItem("east", 2, "open", "east"), seen(in_recovery=True), False),
        (LeaseItem("east", 1, "open", "east"), seen(), False),
    ],
)
def test_the_fence_is_extended_only_for_an_open_lease_of_this_region(
    item: LeaseItem | None, state: Seen, allowed: bool
) -> None:
    assert may_extend(item, region="east", seen=state) is allowed


def test_commits_that_do_not_reach_the_other_region_are_said_past_the_limit_and_not_all_the_time() -> None:
    watch = UnreplicatedWatch(limit_s=300)
    assert watch.is_due(1000)
    assert not watch.is_due(1000 + LOOK_EVERY_S / 2)
    assert watch.overdue_s(1000, 999) is None
    assert watch.overdue_s(1299, 999) is None
    assert watch.overdue_s(1300, 999) == 301
    assert watch.overdue_s(1310, 999) is None
    assert watch.overdue_s(1300 + SAY_EVERY_S, 999) == 361
    assert watch.overdue_s(1400, 1399) is None


def test_no_replica_at_all_is_said_too() -> None:
    watch = UnreplicatedWatch(limit_s=300)
    assert watch.overdue_s(1000, None) is None
    assert watch.overdue_s(1301, None) == 301


# the operations table


class FakeDynamo:
    """Answers by region; an exception is raised."""

    def __init__(self, answers: dict[str, dict[str, Any] | AwsError]) -> None:
        self.answers, self.calls = answers, list[tuple[str, str]]()

    async def dynamodb(
        self, region: str, operation: str, document: dict[str, Any], *, timeout_s: float
    ) -> dict[str, Any]:
        self.calls.append((region, operation))
        assert document["TableName"] == "t"
        answer = self.answers[region]
        if isinstance(answer, AwsError):
            raise answer
        return answer


LEASE = {
    "Item": {"holder": {"S": "east"}, "epoch": {"N": "7"}, "state": {"S": "open"}, "traffic_region": {"S": "east"}}
}
LOST = AwsError(code="Unreachable", message="", status=None)


def operations_table(fake: FakeDynamo) -> OperationsTable:
    contract = writer_contract()
    return OperationsTable(fake, table="t", region="east", other_region="west", contract=contract)  # type: ignore[arg-type]


async def test_the_lease_is_read_from_the_own_region_and_else_from_the_other() -> None:
    near = FakeDynamo({"east": LEASE, "west": LOST})
    assert await operations_table(near).read_lease() == LeaseItem("east", 7, "open", "east")
    assert near.calls == [("east", "GetItem")]
    far = FakeDynamo({"east": LOST, "west": LEASE})
    assert (await operations_table(far).read_lease()) is not None
    assert far.calls == [("east", "GetItem"), ("west", "GetItem")]
    with pytest.raises(AwsError):
        await operations_table(FakeDynamo({"east": LOST, "west": LOST})).read_lease()
    assert await operations_table(FakeDynamo({"east": {}})).read_lease() is None


# the rest


def test_a_scram_verifier_is_what_postgresql_would_keep() -> None:
    salt = b"0123456789abcdef"
    verifier = scram_verifier(Secret("pencil"), salt=salt, iterations=4096)
    scheme, rest = verifier.split("$", 1)
    assert scheme == "SCRAM-SHA-256"
    assert rest.startswith("4096:" + base64.b64encode(salt).decode() + "$")
    salted = hashlib.pbkdf2_hmac("sha256", b"pencil", salt, 4096)
    assert base64.b64decode(verifier.rpartition(":")[2]) == hmac.digest(salted, b"Server Key", "sha256")


def test_errors_are_one_document_and_say_when_to_come_again() -> None:
    error = not_the_writer("held_elsewhere")
    assert msgspec.json.decode(error.body())["error"]["code"] == "not_the_writer"
    assert (error.status, error.headers()) == (503, {"retry-after": "2"})
    assert outcome_unknown().code == "outcome_unknown"


def test_fingerprints_do_not_run_fields_together() -> None:
    assert fingerprint("ab", "c") != fingerprint("a", "bc")


def test_a_page_cursor_goes_round() -> None:
    at = datetime(2026, 11, 22, 1, 2, 3, 456789, tzinfo=UTC)
    identity = UUID("6d0968c0-8abc-45b2-9f93-7a8c8a5f734b")
    assert read_cursor(write_cursor(at, identity)) == (at, identity)
    for wrong in ("", "1", "x_y", "1_" + "-" * 36, "9" * 18 + f"_{identity}"):
        with pytest.raises(ApiError):
            read_cursor(wrong)
