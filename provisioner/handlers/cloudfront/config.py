"""A distribution's properties as CloudFront's API takes them, and back. Pure."""

from typing import Any

from provisioner.handlers.common.base import Properties, given


def distribution_config(inputs: Properties) -> dict[str, Any]:
    """Return a distribution's inputs as CloudFront's API takes them."""
    return given(
        CallerReference=inputs.get("comment", ""),
        Comment=inputs.get("comment", ""),
        Enabled=inputs["enabled"],
        Aliases=_items(inputs.get("aliases", [])),
        Origins=_items([_origin(origin) for origin in inputs["origins"]]),
        OriginGroups=_items([_group(group) for group in inputs.get("originGroups", [])]),
        DefaultCacheBehavior=_behaviour(inputs["defaultCacheBehavior"]),
        CacheBehaviors=_items(
            [
                {"PathPattern": behaviour["pathPattern"], **_behaviour(behaviour)}
                for behaviour in inputs.get("orderedCacheBehaviors", [])
            ]
        ),
        CustomErrorResponses=_items([_error(each) for each in inputs.get("customErrorResponses", [])]),
        PriceClass=inputs.get("priceClass"),
        HttpVersion=inputs.get("httpVersion"),
        IsIPV6Enabled=inputs.get("isIpv6Enabled"),
        DefaultRootObject=inputs.get("defaultRootObject", ""),
        ViewerCertificate=_viewer_certificate(inputs["viewerCertificate"]),
        Restrictions=_restrictions(inputs["restrictions"]),
        WebACLId=inputs.get("webAclId"),
    )


def distribution_properties(config: dict[str, Any]) -> Properties:
    """Return what CloudFront says of a distribution under the provider's names; what is empty is left out."""
    return given(
        comment=config.get("Comment"),
        enabled=_truth(config.get("Enabled")),
        aliases=_listed(config, "Aliases"),
        origins=[_origin_seen(origin) for origin in _listed(config, "Origins") or []],
        originGroups=[_group_seen(group) for group in _listed(config, "OriginGroups") or []] or None,
        defaultCacheBehavior=_behaviour_seen(config["DefaultCacheBehavior"]),
        orderedCacheBehaviors=[
            {"pathPattern": each["PathPattern"], **_behaviour_seen(each)}
            for each in _listed(config, "CacheBehaviors") or []
        ]
        or None,
        customErrorResponses=[_error_seen(each) for each in _listed(config, "CustomErrorResponses") or []] or None,
        priceClass=config.get("PriceClass"),
        httpVersion=str(config.get("HttpVersion", "")).lower() or None,
        isIpv6Enabled=_truth(config.get("IsIPV6Enabled")),
        defaultRootObject=config.get("DefaultRootObject") or None,
        viewerCertificate=_viewer_certificate_seen(config.get("ViewerCertificate") or {}),
        restrictions=_restrictions_seen(config.get("Restrictions") or {}),
        webAclId=config.get("WebACLId") or None,
    )


def _items(items: list[Any]) -> dict[str, Any]:
    return {"Quantity": len(items), "Items": items} if items else {"Quantity": 0}


def _listed(of: dict[str, Any], name: str) -> list[Any] | None:
    return (of.get(name) or {}).get("Items") or None


def _truth(value: Any) -> bool | None:
    return None if value is None else str(value).lower() == "true"


def _origin(origin: Properties) -> dict[str, Any]:
    headers = [{"HeaderName": h["name"], "HeaderValue": h["value"]} for h in origin.get("customHeaders", [])]
    custom, shield = origin.get("customOriginConfig"), origin.get("originShield")
    return given(
        Id=origin["originId"],
        DomainName=origin["domainName"],
        OriginPath=origin.get("originPath", ""),
        ConnectionAttempts=origin.get("connectionAttempts"),
        ConnectionTimeout=origin.get("connectionTimeout"),
        CustomHeaders=_items(headers),
        OriginAccessControlId=origin.get("originAccessControlId"),
        OriginShield=given(Enabled=shield["enabled"], OriginShieldRegion=shield.get("originShieldRegion"))
        if shield
        else None,
        S3OriginConfig=None if custom else {"OriginAccessIdentity": ""},
        CustomOriginConfig=given(
            HTTPPort=custom["httpPort"],
            HTTPSPort=custom["httpsPort"],
            OriginProtocolPolicy=custom["originProtocolPolicy"],
            OriginSslProtocols=_items(custom["originSslProtocols"]),
            OriginReadTimeout=custom.get("originReadTimeout"),
            OriginKeepaliveTimeout=custom.get("originKeepaliveTimeout"),
        )
        if custom
        else None,
    )


def _origin_seen(origin: dict[str, Any]) -> Properties:
    custom, shield = origin.get("CustomOriginConfig"), origin.get("OriginShield") or {}
    headers = [{"name": h["HeaderName"], "value": h["HeaderValue"]} for h in _listed(origin, "CustomHeaders") or []]
    return given(
        originId=origin["Id"],
        domainName=origin["DomainName"],
        originPath=origin.get("OriginPath") or None,
        connectionAttempts=origin.get("ConnectionAttempts"),
        connectionTimeout=origin.get("ConnectionTimeout"),
        customHeaders=headers or None,
        originAccessControlId=origin.get("OriginAccessControlId") or None,
        originShield=given(enabled=True, originShieldRegion=shield.get("OriginShieldRegion"))
        if _truth(shield.get("Enabled"))
        else None,
        customOriginConfig=given(
            httpPort=custom["HTTPPort"],
            httpsPort=custom["HTTPSPort"],
            originProtocolPolicy=custom["OriginProtocolPolicy"],
            originSslProtocols=_listed(custom, "OriginSslProtocols"),
            originReadTimeout=custom.get("OriginReadTimeout"),
            originKeepaliveTimeout=custom.get("OriginKeepaliveTimeout"),
        )
        if custom
        else None,
    )


def _group(group: Properties) -> dict[str, Any]:
    return {
        "Id": group["originId"],
        "FailoverCriteria": {"StatusCodes": _items(group["failoverCriteria"]["statusCodes"])},
        "Members": _items([{"OriginId": member["originId"]} for member in group["members"]]),
    }


def _group_seen(group: dict[str, Any]) -> Properties:
    codes = _listed(group["FailoverCriteria"], "StatusCodes") or []
    return {
        "originId": group["Id"],
        "failoverCriteria": {"statusCodes": [int(code) for code in codes]},
        "members": [{"originId": member["OriginId"]} for member in _listed(group, "Members") or []],
    }


def _behaviour(behaviour: Properties) -> dict[str, Any]:
    methods = _items(behaviour["allowedMethods"])
    methods["CachedMethods"] = _items(behaviour["cachedMethods"])
    return given(
        TargetOriginId=behaviour["targetOriginId"],
        ViewerProtocolPolicy=behaviour["viewerProtocolPolicy"],
        AllowedMethods=methods,
        Compress=behaviour.get("compress"),
        CachePolicyId=behaviour.get("cachePolicyId"),
        OriginRequestPolicyId=behaviour.get("originRequestPolicyId"),
        ResponseHeadersPolicyId=behaviour.get("responseHeadersPolicyId"),
    )


def _behaviour_seen(behaviour: dict[str, Any]) -> Properties:
    methods = behaviour["AllowedMethods"]
    return given(
        targetOriginId=behaviour["TargetOriginId"],
        viewerProtocolPolicy=behaviour["ViewerProtocolPolicy"],
        allowedMethods=methods.get("Items"),
        cachedMethods=_listed(methods, "CachedMethods"),
        compress=_truth(behaviour.get("Compress")),
        cachePolicyId=behaviour.get("CachePolicyId") or None,
        originRequestPolicyId=behaviour.get("OriginRequestPolicyId") or None,
        responseHeadersPolicyId=behaviour.get("ResponseHeadersPolicyId") or None,
    )


def _error(error: Properties) -> dict[str, Any]:
    code = error.get("responseCode")
    return given(
        ErrorCode=error["errorCode"],
        ErrorCachingMinTTL=error.get("errorCachingMinTtl"),
        ResponseCode=None if code is None else str(code),
        ResponsePagePath=error.get("responsePagePath"),
    )


def _error_seen(error: dict[str, Any]) -> Properties:
    return given(
        errorCode=error["ErrorCode"],
        errorCachingMinTtl=error.get("ErrorCachingMinTTL"),
        responseCode=int(error["ResponseCode"]) if error.get("ResponseCode") else None,
        responsePagePath=error.get("ResponsePagePath") or None,
    )


def _viewer_certificate(certificate: Properties) -> dict[str, Any]:
    return given(
        ACMCertificateArn=certificate.get("acmCertificateArn"),
        CloudFrontDefaultCertificate=certificate.get("cloudfrontDefaultCertificate"),
        SSLSupportMethod=certificate.get("sslSupportMethod"),
        MinimumProtocolVersion=certificate.get("minimumProtocolVersion"),
    )


def _viewer_certificate_seen(certificate: dict[str, Any]) -> Properties:
    own = certificate.get("ACMCertificateArn") or None
    return given(
        acmCertificateArn=own,
        cloudfrontDefaultCertificate=None if own else _truth(certificate.get("CloudFrontDefaultCertificate")),
        sslSupportMethod=certificate.get("SSLSupportMethod") if own else None,
        minimumProtocolVersion=certificate.get("MinimumProtocolVersion"),
    )


def _restrictions(restrictions: Properties) -> dict[str, Any]:
    geo = restrictions["geoRestriction"]
    return {"GeoRestriction": {"RestrictionType": geo["restrictionType"], **_items(geo.get("locations", []))}}


def _restrictions_seen(restrictions: dict[str, Any]) -> Properties:
    geo = restrictions.get("GeoRestriction") or {}
    seen = given(restrictionType=geo.get("RestrictionType", "none"), locations=geo.get("Items") or None)
    return {"geoRestriction": seen}
