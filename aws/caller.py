"""Who calls: compared with the environment's account once a process, before its first call of any other service."""

import contextlib
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import Final
from urllib.parse import urlsplit

from aws.errors import (
    AwsError,
    CallerFault,
    DnsDown,
    NameUnresolved,
    Offline,
    ProxyInTheWay,
    TlsUntrusted,
    Transient,
    Unreachable,
    WrongAccount,
)
from aws.words import SAID

HEAD_START_S: Final = 1.0
"""How long the first region is asked alone. STS answers in a tenth of that; a lost region never does."""

CALL: Final = "sts:GetCallerIdentity"


@dataclass(frozen=True)
class Identity:
    """Who calls, as STS says it. `clock_ahead_s` is how far this machine's clock is ahead of AWS's, to a second."""

    account: str
    arn: str
    clock_ahead_s: float | None = None


def of_arn(arn: str) -> Identity:
    """Return who calls, as far as the ARN of something that the caller may read tells: its account."""
    return Identity(arn.split(":")[4], f"the owner of {arn}")


class Caller:
    """Compares the caller's account with the environment's. `ask` returns the identity that one region's STS tells.

    The first region of `regions` is asked first, the others when it has not answered soon: any of them may be lost, and
    one answer is enough. Where STS is silent everywhere `ask_otherwise` (region → identity) is asked: another service
    that knows the caller's account. A lost STS must not stop a failover.
    """

    def __init__(
        self,
        account: str,
        regions: Sequence[str],
        ask: Callable[[str], Identity],
        *,
        head_start_s: float = HEAD_START_S,
        ask_otherwise: Callable[[str], Identity] | None = None,
    ) -> None:
        self._account, self._regions, self._ask, self._head_start_s = account, tuple(regions), ask, head_start_s
        self._ask_otherwise = ask_otherwise
        self._lock = threading.Lock()
        self._known: Identity | None = None

    def check(self) -> Identity:
        """Return who calls, if that is the environment's account.

        Raises CallerFault (refused): WrongAccount, what is wrong with the credentials or on their way, Offline or
        DnsDown when no region's STS answers.
        """
        with self._lock:
            if self._known is None:
                answers = self._answers()
                failures = {region: one for region, one in answers.items() if isinstance(one, AwsError)}
                identity = next((one for one in answers.values() if isinstance(one, Identity)), None)
                identity = identity or self._without_sts(failures)
                if identity is None:
                    raise why_unknown(failures)
                refuse_other(identity, self._account)
                self._known = identity
            return self._known

    def _answers(self) -> dict[str, Identity | AwsError]:
        """Return what the regions' STS said until one of them settled it."""
        answered: SimpleQueue[tuple[str, Identity | AwsError | BaseException]] = SimpleQueue()
        answers: dict[str, Identity | AwsError] = {}
        waiting = list(self._regions)
        self._start(waiting.pop(0), answered)
        while len(answers) < len(self._regions):
            try:
                region, said = answered.get(timeout=self._head_start_s if waiting else None)
            except Empty:
                said = None
            while waiting and not _settles(said):
                self._start(waiting.pop(0), answered)
            if said is None:
                continue
            if not isinstance(said, Identity | AwsError):
                raise said
            answers[region] = said
            if _settles(said):
                break
        return answers

    def _without_sts(self, failures: Mapping[str, AwsError]) -> Identity | None:
        """Return who calls, as another service says it; None where STS has answered, or no other does either."""
        if self._ask_otherwise is None or not all(isinstance(one, Transient) for one in failures.values()):
            return None
        for region in failures:
            with contextlib.suppress(AwsError):
                return self._ask_otherwise(region)
        return None

    def _start(self, region: str, answered: "SimpleQueue[tuple[str, Identity | AwsError | BaseException]]") -> None:
        def ask() -> None:
            try:
                answered.put((region, self._ask(region)))
            except BaseException as error:  # noqa: BLE001 - whatever it is, the one who waits must hear it
                answered.put((region, error))

        threading.Thread(target=ask, name=f"caller in {region}", daemon=True).start()


_OF_THE_WAY: Final = (ProxyInTheWay, TlsUntrusted)


def _settles(said: object) -> bool:
    """Whether no other region's answer can matter: an identity, or an error that all regions would give."""
    if isinstance(said, AwsError):
        return not isinstance(said, (Transient, *_OF_THE_WAY))
    return said is not None


def refuse_other(identity: Identity, account: str) -> None:
    """Raise WrongAccount unless the identity belongs to the account."""
    if identity.account == account:
        return
    code, category, message, remedy = SAID[WrongAccount]
    raise WrongAccount(
        code,
        category,
        message,
        call=CALL,
        region="",
        cause=f"the caller is {identity.arn}; the environment's account is {account}",
        remedy=remedy,
    )


def refuse_loopback(endpoint_url: str, region: str) -> None:
    """Raise WrongAccount when boto3's own configuration leads to this machine instead of AWS: to a local cloud."""
    if not is_loopback(endpoint_url):
        return
    raise WrongAccount(
        "local_endpoint",
        "refused",
        "AWS's endpoint is this machine, and the environment is not the local one",
        call=CALL,
        region=region,
        cause=f"AWS_ENDPOINT_URL, or endpoint_url of the AWS profile, is {endpoint_url}",
        remedy="use a shell without the exports of `breiqctl local env` (unset AWS_ENDPOINT_URL AWS_ACCESS_KEY_ID "
        "AWS_SECRET_ACCESS_KEY AWS_CONFIG_FILE AWS_CA_BUNDLE), and credentials of the environment's own account",
    )


def is_loopback(url: str) -> bool:
    """Whether a URL leads to this machine by its very name."""
    host = urlsplit(url).hostname or ""
    return host.startswith("127.") or host in {"localhost", "::1", "0.0.0.0"} or host.endswith(".localhost")  # noqa: S104


def why_unknown(failures: Mapping[str, AwsError]) -> AwsError:
    """Return what it means that no region said who calls: the caller's own fault where one is known.

    Where all are silent, that is the caller's way out, for regions do not fail together; else the first failure.
    """
    own = next((one for one in failures.values() if isinstance(one, CallerFault)), None)
    if own is not None:
        return own
    first = next(iter(failures.values()))
    answered = next((one for one in failures.values() if not isinstance(one, Unreachable)), None)
    if answered is not None or len(failures) < 2:
        return answered or first
    kind = DnsDown if all(isinstance(one, NameUnresolved) for one in failures.values()) else Offline
    code, category, message, remedy = SAID[kind]
    asked = ", ".join(failures)
    return kind(
        code, category, message, call=CALL, region="", cause=f"{first.cause}; asked: STS in {asked}", remedy=remedy
    )
