"""The words of each type of `aws.errors`: its code, its category, what happened, and what to do next."""

from collections.abc import Mapping
from typing import Final

from aws import errors
from estate.errors import Category

SAID: Final[Mapping[type[errors.AwsError], tuple[str, Category, str, str]]] = {
    errors.CredentialsMissing: (
        "no_credentials",
        "refused",
        "there are no AWS credentials",
        "set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY; `aws configure list` shows what is found",
    ),
    errors.CredentialsPartial: (
        "credentials_partial",
        "refused",
        "the AWS credentials are not complete",
        "set the missing part (key id and secret key belong together), or use only AWS_PROFILE",
    ),
    errors.CredentialsExpired: (
        "credentials_expired",
        "refused",
        "the AWS credentials have expired",
        "get new ones where these came from, then run the command again; `aws sts get-caller-identity` tries them",
    ),
    errors.CredentialsRejected: (
        "credentials_rejected",
        "refused",
        "AWS does not accept the caller's key",
        "check which key is used (`aws configure list`), and whether it still exists: `aws sts get-caller-identity`",
    ),
    errors.CredentialSourceFailed: (
        "credential_source_failed",
        "refused",
        "the source of the AWS credentials failed",
        "run the command of the profile by hand (`aws configure list` shows it), fix it, then run the command again",
    ),
    errors.SsoExpired: (
        "sso_expired",
        "refused",
        "there is no valid session to get AWS credentials with",
        "aws sso login",
    ),
    errors.ProfileMissing: (
        "profile_missing",
        "refused",
        "the chosen AWS profile does not exist",
        "choose one of `aws configure list-profiles` with AWS_PROFILE, or unset AWS_PROFILE",
    ),
    errors.ConfigInvalid: (
        "aws_config_invalid",
        "refused",
        "the AWS configuration cannot be used",
        "fix the file or the variable that `why` names (~/.aws/config, AWS_*, HTTPS_PROXY)",
    ),
    errors.ProxyInTheWay: (
        "proxy_in_the_way",
        "refused",
        "the proxy does not let AWS calls through",
        "fix or unset HTTPS_PROXY, or name the endpoint in NO_PROXY=.amazonaws.com",
    ),
    errors.TlsUntrusted: (
        "tls_untrusted",
        "refused",
        "the endpoint's certificate is not trusted on this machine",
        "unset AWS_CA_BUNDLE and REQUESTS_CA_BUNDLE, or set them to the certificate authorities of your "
        "network's proxy",
    ),
    errors.ClockWrong: (
        "clock_wrong",
        "refused",
        "this machine's clock is wrong",
        "compare `date -u` with another clock and set it (timedatectl set-ntp true); if it is correct, a proxy "
        "presents an old certificate of its own",
    ),
    errors.DnsDown: (
        "dns_down",
        "refused",
        "this machine cannot resolve any name of AWS in any region",
        "fix the machine's DNS (/etc/resolv.conf, `getent hosts amazonaws.com`), then run the command again",
    ),
    errors.Offline: (
        "offline",
        "refused",
        "no AWS endpoint in any region answers this machine",
        "fix this machine's connection (network, VPN, firewall, HTTPS_PROXY), or use another machine",
    ),
    errors.WrongAccount: (
        "wrong_account",
        "refused",
        "the credentials belong to another account",
        "choose credentials of the environment's account (AWS_PROFILE); `aws sts get-caller-identity` tries them",
    ),
    errors.ToolBroken: (
        "tool_broken",
        "refused",
        "the installation of breiqctl is not complete",
        "install it again: make setup",
    ),
    errors.NameUnresolved: (
        "dns_failed",
        "transient",
        "its name cannot be resolved",
        "breiqctl doctor shows whether this machine's DNS or the region is at fault",
    ),
    errors.NoRoute: (
        "no_route",
        "transient",
        "this machine has no route to it",
        "breiqctl doctor shows whether this machine's network or the region is at fault",
    ),
    errors.Unreachable: (
        "aws_unreachable",
        "transient",
        "does not answer",
        "breiqctl doctor shows whether this machine or the region is at fault",
    ),
    errors.ForeignAnswer: (
        "foreign_answer",
        "transient",
        "the answer did not come from AWS",
        "check what is between: HTTPS_PROXY, AWS_ENDPOINT_URL, a portal or firewall of the network",
    ),
    errors.Throttled: ("throttled", "transient", "AWS throttles the caller", "run the command again in a minute"),
    errors.ServerFault: (
        "aws_server_error",
        "transient",
        "the region answers with an error of its own",
        "run the command again; breiqctl status shows what each region answers",
    ),
    errors.Denied: (
        "denied",
        "permanent",
        "AWS denies the call",
        "give the caller's role this permission, or use another role: `aws sts get-caller-identity` shows the caller",
    ),
}
"""Code, category, what happened, what to do next."""
