"""Who calls is asked of any region that answers, once, and compared with the environment's account."""

import threading
from collections.abc import Callable

import pytest

from aws import errors
from aws.caller import Caller, Identity, is_loopback, of_arn, refuse_loopback, why_unknown
from aws.errors import AwsError

OURS, OTHER = "210987654321", "123456789012"
REGIONS = ("us-west-2", "us-east-1", "us-east-2")


def failure(kind: type[AwsError]) -> AwsError:
    return kind("x", "transient", "x", call="sts:GetCallerIdentity", region="r", cause="why")


class Sts:
    """STS of all regions: what each says, and who was asked."""

    def __init__(self, **says: str | type[AwsError]) -> None:
        self.says = {region.replace("_", "-"): one for region, one in says.items()}
        self.asked: list[str] = []

    def __call__(self, region: str) -> Identity:
        self.asked.append(region)
        said = self.says.get(region, OURS)
        if isinstance(said, str):
            return Identity(said, f"arn:aws:iam::{said}:user/me")
        raise failure(said)


def caller(ask: Callable[[str], Identity], head_start_s: float = 60.0) -> Caller:
    return Caller(OURS, REGIONS, ask, head_start_s=head_start_s)


def test_one_answer_is_enough_and_is_kept() -> None:
    sts = Sts()
    one = caller(sts)
    assert one.check().account == one.check().account == OURS
    assert sts.asked == ["us-west-2"]


def test_another_account_is_refused() -> None:
    with pytest.raises(errors.WrongAccount) as refused:
        caller(Sts(us_west_2=OTHER)).check()
    assert (refused.value.exit_code, refused.value.code) == (3, "wrong_account")
    assert OURS in str(refused.value.cause)
    assert OTHER in str(refused.value.cause)


@pytest.mark.parametrize(
    "silent", [errors.Unreachable, errors.ServerFault, errors.NameUnresolved, errors.ProxyInTheWay, errors.TlsUntrusted]
)
def test_a_region_that_does_not_answer_does_not_matter(silent: type[AwsError]) -> None:
    assert caller(Sts(us_west_2=silent, us_east_1=silent)).check().account == OURS


def test_a_region_that_is_slow_does_not_matter() -> None:
    sts, never = Sts(), threading.Event()

    def ask(region: str) -> Identity:
        if region == "us-west-2":
            never.wait()
        return sts(region)

    assert caller(ask, head_start_s=0.0).check().account == OURS
    never.set()


def test_what_is_wrong_with_the_caller_is_known_from_one_answer() -> None:
    sts = Sts(us_west_2=errors.CredentialsExpired)
    with pytest.raises(errors.CredentialsExpired):
        caller(sts).check()
    assert sts.asked == ["us-west-2"]


@pytest.mark.parametrize(
    ("said", "means"),
    [
        ((errors.Unreachable, errors.Unreachable, errors.NameUnresolved), errors.Offline),
        ((errors.NoRoute, errors.NoRoute, errors.NoRoute), errors.Offline),
        ((errors.NameUnresolved,) * 3, errors.DnsDown),
        ((errors.Unreachable, errors.ProxyInTheWay, errors.ProxyInTheWay), errors.ProxyInTheWay),
        ((errors.Unreachable, errors.TlsUntrusted, errors.Unreachable), errors.TlsUntrusted),
        ((errors.Unreachable, errors.ServerFault, errors.Unreachable), errors.ServerFault),
        ((errors.Throttled, errors.Unreachable, errors.Unreachable), errors.Throttled),
        ((errors.ForeignAnswer,) * 3, errors.ForeignAnswer),
    ],
)
def test_silence_everywhere_is_the_callers_own(said: tuple[type[AwsError], ...], means: type[AwsError]) -> None:
    found = why_unknown({region: failure(kind) for region, kind in zip(REGIONS, said, strict=True)})
    assert type(found) is means
    with pytest.raises(means):
        caller(Sts(**{r.replace("-", "_"): kind for r, kind in zip(REGIONS, said, strict=True)})).check()


@pytest.mark.parametrize("silent", [errors.Unreachable, errors.NameUnresolved, errors.ServerFault, errors.Throttled])
def test_a_lost_sts_stops_nobody_whose_account_another_service_tells(silent: type[AwsError]) -> None:
    sts = Sts(us_west_2=silent, us_east_1=silent, us_east_2=silent)
    tables: dict[str, str | type[AwsError]] = {
        "us-west-2": errors.Unreachable,
        "us-east-1": f"arn:aws:dynamodb:us-east-1:{OURS}:table/operations",
    }

    def ask_otherwise(region: str) -> Identity:
        said = tables[region]
        if isinstance(said, str):
            return of_arn(said)
        raise failure(said)

    found = Caller(OURS, REGIONS, sts, head_start_s=60.0, ask_otherwise=ask_otherwise)
    assert found.check().account == OURS
    with pytest.raises(errors.WrongAccount):
        Caller(OTHER, REGIONS, sts, head_start_s=60.0, ask_otherwise=ask_otherwise).check()


def test_nobody_else_is_asked_about_credentials_that_sts_refused() -> None:
    sts = Sts(us_west_2=errors.CredentialsExpired)

    def ask_otherwise(_region: str) -> Identity:
        raise AssertionError("STS has answered")

    with pytest.raises(errors.CredentialsExpired):
        Caller(OURS, REGIONS, sts, head_start_s=60.0, ask_otherwise=ask_otherwise).check()


def test_a_failure_is_not_kept() -> None:
    sts = Sts(us_west_2=errors.CredentialsExpired)
    one = caller(sts)
    with pytest.raises(errors.CredentialsExpired):
        one.check()
    sts.says.clear()
    assert one.check().account == OURS


@pytest.mark.parametrize(
    ("url", "is_this_machine"),
    [
        ("http://127.218.0.10:4566", True),
        ("http://localhost:4566", True),
        ("http://[::1]:4566", True),
        ("http://s3.localhost:4566", True),
        ("https://sts.us-east-1.amazonaws.com", False),
        ("https://vpce-1.sts.us-east-1.vpce.amazonaws.com", False),
    ],
)
def test_an_endpoint_on_this_machine_is_no_environment_on_aws(url: str, is_this_machine: bool) -> None:
    assert is_loopback(url) == is_this_machine
    if is_this_machine:
        with pytest.raises(errors.WrongAccount) as refused:
            refuse_loopback(url, "us-east-1")
        assert refused.value.exit_code == 3
    else:
        refuse_loopback(url, "us-east-1")
