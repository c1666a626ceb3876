"""CloudFront's policies, access control and metrics. Its control plane answers in us-east-1 alone."""

from typing import Any, ClassVar

from provisioner.aws import Aws
from provisioner.handlers.common.base import Properties, register
from provisioner.handlers.common.generic import Generic

CONTROL_REGION = "us-east-1"


class _Config(Generic):
    """Base of what is one configuration with an ETag. Ids are AWS's; `part` is the configuration's parameter."""

    service = "cloudfront"
    control_region = CONTROL_REGION
    id_parameter = "Id"
    token: ClassVar = {"IfMatch": "ETag"}
    part: ClassVar[str]
    thing: ClassVar[str]
    """The answer's member that holds id and configuration."""
    config: ClassVar[dict[str, str]]
    """Property → member of the configuration."""
    items: ClassVar[str]
    """The list's member, where it is not the thing's own name."""

    def __init_subclass__(cls, **arguments: Any) -> None:
        super().__init_subclass__(**arguments)
        cls.id_output = f"{cls.thing}.Id"
        cls.document = f"{cls.thing}.{cls.part}"
        cls.names = {name: f"{cls.part}.{member}" for name, member in cls.config.items()}

    def create_arguments(self, aws: Aws, inputs: Properties) -> dict[str, Any]:
        """See Generic."""
        counted: dict[str, Any] = _counted(super().create_arguments(aws, inputs))
        return counted

    def update_arguments(self, aws: Aws, resource_id: str, new: Properties, changed: frozenset[str]) -> dict[str, Any]:
        """See Generic."""
        counted: dict[str, Any] = _counted(super().update_arguments(aws, resource_id, new, changed))
        return counted

    def observe(self, aws: Aws, resource_id: str, document: Any) -> Properties:
        """See Generic."""
        return super().observe(aws, resource_id, _uncounted(document))


def _counted(value: Any) -> Any:
    """Return the structure with the number of items that CloudFront wants beside them."""
    if isinstance(value, dict):
        inner = {name: _counted(item) for name, item in value.items()}
        return {"Quantity": len(inner["Items"]), **inner} if "Items" in inner else inner
    return [_counted(item) for item in value] if isinstance(value, list) else value


def _uncounted(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _uncounted(item) for name, item in value.items() if name != "Quantity"}
    return [_uncounted(item) for item in value] if isinstance(value, list) else value


@register
class CachePolicy(_Config):
    """For how long answers are kept, and under which keys."""

    type = "aws:cloudfront/cachePolicy:CachePolicy"
    create_call = "create_cache_policy"
    read_call = "get_cache_policy"
    update_call = "update_cache_policy"
    delete_call = "delete_cache_policy"
    thing, part = "CachePolicy", "CachePolicyConfig"
    config: ClassVar = {
        "name": "Name",
        "comment": "Comment",
        "defaultTtl": "DefaultTTL",
        "maxTtl": "MaxTTL",
        "minTtl": "MinTTL",
        "parametersInCacheKeyAndForwardedToOrigin": "ParametersInCacheKeyAndForwardedToOrigin",
    }
    missing = ("NoSuchCachePolicy",)
    find_call = "list_cache_policies"
    find_in = "CachePolicyList.Items"
    find_by: ClassVar = {"name": "CachePolicy.CachePolicyConfig.Name"}
    find_id = "CachePolicy.Id"


@register
class OriginRequestPolicy(_Config):
    """What of a viewer's request the origin sees."""

    type = "aws:cloudfront/originRequestPolicy:OriginRequestPolicy"
    create_call = "create_origin_request_policy"
    read_call = "get_origin_request_policy"
    update_call = "update_origin_request_policy"
    delete_call = "delete_origin_request_policy"
    thing, part = "OriginRequestPolicy", "OriginRequestPolicyConfig"
    config: ClassVar = {
        "name": "Name",
        "comment": "Comment",
        "cookiesConfig": "CookiesConfig",
        "headersConfig": "HeadersConfig",
        "queryStringsConfig": "QueryStringsConfig",
    }
    missing = ("NoSuchOriginRequestPolicy",)
    find_call = "list_origin_request_policies"
    find_in = "OriginRequestPolicyList.Items"
    find_by: ClassVar = {"name": "OriginRequestPolicy.OriginRequestPolicyConfig.Name"}
    find_id = "OriginRequestPolicy.Id"


@register
class ResponseHeadersPolicy(_Config):
    """What is added to answers."""

    type = "aws:cloudfront/responseHeadersPolicy:ResponseHeadersPolicy"
    create_call = "create_response_headers_policy"
    read_call = "get_response_headers_policy"
    update_call = "update_response_headers_policy"
    delete_call = "delete_response_headers_policy"
    thing, part = "ResponseHeadersPolicy", "ResponseHeadersPolicyConfig"
    config: ClassVar = {
        "name": "Name",
        "comment": "Comment",
        "securityHeadersConfig": "SecurityHeadersConfig",
        "customHeadersConfig": "CustomHeadersConfig",
        "corsConfig": "CorsConfig",
        "removeHeadersConfig": "RemoveHeadersConfig",
        "serverTimingHeadersConfig": "ServerTimingHeadersConfig",
    }
    missing = ("NoSuchResponseHeadersPolicy",)
    find_call = "list_response_headers_policies"
    find_in = "ResponseHeadersPolicyList.Items"
    find_by: ClassVar = {"name": "ResponseHeadersPolicy.ResponseHeadersPolicyConfig.Name"}
    find_id = "ResponseHeadersPolicy.Id"


@register
class OriginAccessControl(_Config):
    """How CloudFront signs its requests to a bucket."""

    type = "aws:cloudfront/originAccessControl:OriginAccessControl"
    create_call = "create_origin_access_control"
    read_call = "get_origin_access_control"
    update_call = "update_origin_access_control"
    delete_call = "delete_origin_access_control"
    thing, part = "OriginAccessControl", "OriginAccessControlConfig"
    config: ClassVar = {
        "name": "Name",
        "description": "Description",
        "originAccessControlOriginType": "OriginAccessControlOriginType",
        "signingBehavior": "SigningBehavior",
        "signingProtocol": "SigningProtocol",
    }
    missing = ("NoSuchOriginAccessControl",)
    find_call = "list_origin_access_controls"
    find_in = "OriginAccessControlList.Items"
    find_by: ClassVar = {"name": "Name"}
    find_id = "Id"


@register
class MonitoringSubscription(Generic):
    """The additional metrics of a distribution. Its id is the distribution's."""

    type = "aws:cloudfront/monitoringSubscription:MonitoringSubscription"
    service = "cloudfront"
    control_region = CONTROL_REGION
    create_call = update_call = "create_monitoring_subscription"
    read_call = "get_monitoring_subscription"
    delete_call = "delete_monitoring_subscription"
    id_inputs = ("distributionId",)
    document = "MonitoringSubscription"
    outputs: ClassVar = {
        "monitoringSubscription": "{realtimeMetricsSubscriptionConfig: RealtimeMetricsSubscriptionConfig."
        "{realtimeMetricsSubscriptionStatus: RealtimeMetricsSubscriptionStatus}}"
    }
    missing = ("NoSuchMonitoringSubscription", "NoSuchDistribution")
    adopts = False
    replace_on = frozenset({"distributionId"})

    def id_arguments(self, aws: Aws, call: str, resource_id: str) -> dict[str, Any]:
        """See Generic; putting has the id among its inputs."""
        return {} if call == self.create_call else super().id_arguments(aws, call, resource_id)
