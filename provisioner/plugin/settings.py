"""What a provider's inputs say: region, tags, accounts, endpoints, credentials. Nothing is asked of AWS here but one
question: who are we.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from provisioner.aws import Clients
from provisioner.decide.properties import default_tags
from provisioner.schema import Problem, find_problems
from provisioner.sdk_types import PROVIDER_TYPE, parsed_provider_inputs

ENGINE_INPUTS: Final = frozenset({"version", "pluginDownloadURL", "__internal"})
"""What Pulumi's engine adds to a provider's inputs for itself."""

SUPPORTED: Final = frozenset(
    {
        "accessKey",
        "allowedAccountIds",
        "defaultTags",
        "endpoints",
        "forbiddenAccountIds",
        "region",
        "s3UsePathStyle",
        "secretKey",
        "skipCredentialsValidation",
        "skipMetadataApiCheck",
        "skipRegionValidation",
        "skipRequestingAccountId",
        "token",
    }
)
"""What this plugin knows to do. Paths are always S3's style where there is an endpoint; regions are never validated."""

SERVICES: Final[Mapping[str, str]] = {
    "appautoscaling": "application-autoscaling",
    "applicationautoscaling": "application-autoscaling",
    "cloudwatchevents": "events",
    "cloudwatchlogs": "logs",
    "costexplorer": "ce",
    "elasticloadbalancingv2": "elbv2",
    "es": "opensearch",
    "eventbridge": "events",
    "resourcegroupstaggingapi": "resourcegroupstaggingapi",
    "ses": "ses",
}
"""The provider's names of services that are not boto3's own."""

REGIONS_MATTER: Final = frozenset({"region"})
"""Inputs of a provider whose change leaves all that it made out of its reach: everything is replaced then."""


class ConfigurationError(Exception):
    """The provider cannot be used as it is configured; the text says why, and what to do."""


@dataclass(frozen=True)
class Settings:
    """A configured provider."""

    region: str
    clients: Clients
    default_tags: Mapping[str, Any] = field(default_factory=dict)


def check_settings(inputs: Mapping[str, Any]) -> list[Problem]:
    """Return what is wrong with a provider's inputs."""
    own = {name: value for name, value in inputs.items() if name not in ENGINE_INPUTS}
    wrong = find_problems(PROVIDER_TYPE, own)
    known = {problem.path for problem in wrong}
    return wrong + [
        Problem(name, "this plugin does not know it; it takes " + ", ".join(sorted(SUPPORTED)))
        for name, value in own.items()
        if name not in SUPPORTED and name not in known and not _is_off(value)
    ]


def _is_off(value: Any) -> bool:
    return value in (None, False, "false", "", [], "[]", {}, "{}")


def read_settings(inputs: Mapping[str, Any]) -> Settings:
    """Return the settings; raise ConfigurationError when AWS cannot be asked, or is not the account that is allowed."""
    given = parsed_provider_inputs(inputs)
    region = given.get("region") or boto3.Session().region_name
    if not region:
        raise ConfigurationError("no region: give the provider one, or set AWS_REGION")
    clients = Clients(
        os.environ.get("AWS_ENDPOINT_URL") or None,
        access_key=given.get("accessKey"),
        secret_key=given.get("secretKey"),
        session_token=given.get("token"),
        endpoints=_endpoints(given.get("endpoints") or []),
    )
    _check_account(given, clients, region)
    return Settings(region, clients, default_tags(given))


def _endpoints(given: list[Mapping[str, str]]) -> dict[str, str]:
    known = {name.replace("-", ""): name for name in boto3.Session().get_available_services()}
    return {SERVICES.get(name, known.get(name.lower(), name)): url for one in given for name, url in one.items() if url}


def _check_account(given: Mapping[str, Any], clients: Clients, region: str) -> None:
    allowed, forbidden = given.get("allowedAccountIds") or [], given.get("forbiddenAccountIds") or []
    if given.get("skipRequestingAccountId") or (
        given.get("skipCredentialsValidation") and not allowed and not forbidden
    ):
        return
    try:
        account = clients.get("sts", region).get_caller_identity()["Account"]
    except (BotoCoreError, ClientError) as error:
        raise ConfigurationError(
            f"AWS does not say whose credentials these are: {error}. Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, "
            'or AWS_PROFILE; against the local cloud: eval "$(breiqctl local env)"'
        ) from error
    if (allowed and account not in allowed) or account in forbidden:
        raise ConfigurationError(
            f"the credentials belong to account {account}; allowed: {', '.join(allowed) or 'any'}, "
            f"forbidden: {', '.join(forbidden) or 'none'}"
        )
