"""What went wrong in an AWS call, as types of three kinds: the caller's own side, an answer that is no, and no answer.

    CallerFault   the caller's own side: credentials, profile, configuration, proxy, TLS trust, DNS, clock, account
    (answers)     NotFound, ConditionFailed, Denied, and any other refusal: AWS answered, and says no
    Transient     may go away by itself: Throttled, ForeignAnswer (somebody between wrote it), and NotServing, which is
                  ServerFault (an answer) or Unreachable (silence)

Silence of one endpoint says nothing of its region: `aws.reachability` compares it with endpoints that are independent.
"""

from typing import Final

from estate.errors import BreiqError, Category


class AwsError(BreiqError):
    """An AWS call that did not do what was asked. Fields besides BreiqError's: `call`, `region`, `aws_code`."""

    def __init__(
        self,
        code: str,
        category: Category,
        message: str,
        *,
        call: str,
        region: str,
        aws_code: str | None = None,
        cause: str | None = None,
        remedy: str | None = None,
        retryable: bool = False,
    ) -> None:
        super().__init__(code, category, message, cause=cause, remedy=remedy, retryable=retryable)
        self.call, self.region, self.aws_code = call, region, aws_code


class NotFound(AwsError):  # noqa: N818 - says what is so
    """What was asked for does not exist."""


class ConditionFailed(AwsError):  # noqa: N818 - says what is so
    """A conditional write found the item has changed; nothing was written."""


class Denied(AwsError):  # noqa: N818 - says what is so
    """AWS knows the caller and says no: a right is missing."""


class Transient(AwsError):  # noqa: N818 - says what is so
    """May go away by itself: worth repeating, or asking in another region. A write may have happened, or not."""


class Throttled(Transient):
    """AWS asks to come back later; retries were used up. Nothing was written."""


class ForeignAnswer(Transient):
    """The answer is not AWS's: a proxy, a portal or a firewall between wrote it, or it was damaged on its way."""


class NotServing(Transient):
    """The region's endpoint did not do its work: no answer, or an error of its own. Another region's may."""


class ServerFault(NotServing):
    """The region answered with an error of its own (HTTP 5xx)."""


class Unreachable(NotServing):
    """No answer from the region's endpoint."""


class NameUnresolved(Unreachable):
    """The endpoint's name was not resolved. Whether by the caller's DNS or by AWS's, another name tells."""


class NoRoute(Unreachable):
    """The caller's machine has no route to the endpoint. Whether it has one to anything, another endpoint tells."""


class CallerFault(AwsError):  # noqa: N818 - says what is so
    """A problem of the caller's own machine: nothing is known about the region, and nothing was changed there."""


class CredentialsMissing(CallerFault):
    """No source gave credentials."""


class CredentialsPartial(CallerFault):
    """A source gave some of what credentials consist of."""


class CredentialsExpired(CallerFault):
    """The credentials are valid no more."""


class CredentialsRejected(CallerFault):
    """AWS does not know the key, or the secret does not fit it."""


class CredentialSourceFailed(CallerFault):
    """The source of credentials (a process, a role, the instance's metadata) failed."""


class SsoExpired(CallerFault):
    """The session of IAM Identity Center, or of `aws login`, is absent or has ended."""


class ProfileMissing(CallerFault):
    """The chosen profile is in no file."""


class ConfigInvalid(CallerFault):
    """AWS's configuration file, or a variable that stands for a part of it, cannot be used."""


class ProxyInTheWay(CallerFault):
    """The proxy that the caller's environment names does not let the call through."""


class TlsUntrusted(CallerFault):
    """The caller does not trust the endpoint's certificate: the wrong authorities, or somebody between."""


class ClockWrong(CallerFault):
    """The caller's clock is wrong: signatures and certificates are judged by it."""


class DnsDown(CallerFault):
    """The caller's machine resolves no names at all."""


class Offline(CallerFault):
    """The caller's machine reaches nothing at all."""


class WrongAccount(CallerFault):
    """The caller's credentials, or endpoint, belong to another account than the environment's."""


class ToolBroken(CallerFault):
    """The installation of breiqctl, or of boto3 below it, is damaged."""


ELSEWHERE: Final = (Transient, ProxyInTheWay, TlsUntrusted)
"""What another region's endpoint may not have: worth asking there."""
