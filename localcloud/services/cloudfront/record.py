"""What moto lacks of CloudFront, and the view of its record. Runs in the api process alone."""

import re
from typing import Any, Final

from localcloud.api.emulated import stored
from localcloud.api.record import ACCOUNT
from localcloud.api.record import backend as moto_backend

ALL_VIEWER: Final = "216adef6-5c7f-47e4-b989-5492eafa07d3"
ALL_VIEWER_EXCEPT_HOST: Final = "b689b0a8-53d0-40ab-baf2-68738e2966ac"
FORWARDS: Final = {ALL_VIEWER: "all", ALL_VIEWER_EXCEPT_HOST: "all-but-host", "": "nothing"}
"""Managed origin request policies (moto has none): id → what is forwarded."""


def backend() -> Any:
    """Return moto's CloudFront."""
    return moto_backend("cloudfront", "aws")


def custom_forward(policy_id: str) -> str | None:
    """Return what a custom origin request policy forwards, where the edge here does that; None: it does not."""
    entry = stored("cloudfront", ACCOUNT, "us-east-1").get("OriginRequestPolicy", {}).get(policy_id)
    if entry is None:
        return None
    config = entry["config"]
    headers = config["HeadersConfig"].get("Headers", {}).get("Items", [])
    no_cookies = config["CookiesConfig"]["CookieBehavior"] == "none"
    whole_query = config["QueryStringsConfig"]["QueryStringBehavior"] == "all"
    return "anonymous" if headers == ["Host"] and no_cookies and whole_query else None


def security_headers(policy_id: str) -> dict[str, tuple[str, bool]]:
    """Return the headers that a response headers policy adds: name → value, and whether it overrides the origin's."""
    entry = stored("cloudfront", ACCOUNT, "us-east-1").get("ResponseHeadersPolicy", {}).get(policy_id)
    security = entry["config"].get("SecurityHeadersConfig", {}) if entry else {}
    hsts = security.get("StrictTransportSecurity")
    texts = {
        "X-Content-Type-Options": ("ContentTypeOptions", "nosniff"),
        "X-Frame-Options": ("FrameOptions", security.get("FrameOptions", {}).get("FrameOption")),
        "Referrer-Policy": ("ReferrerPolicy", security.get("ReferrerPolicy", {}).get("ReferrerPolicy")),
        "Content-Security-Policy": (
            "ContentSecurityPolicy",
            security.get("ContentSecurityPolicy", {}).get("ContentSecurityPolicy"),
        ),
        "Strict-Transport-Security": ("StrictTransportSecurity", _hsts(hsts) if hsts else None),
    }
    return {
        header: (str(text), str(security[member].get("Override")).lower() == "true")
        for header, (member, text) in texts.items()
        if member in security
    }


def _hsts(hsts: dict[str, Any]) -> str:
    words = [f"max-age={hsts['AccessControlMaxAgeSec']}"]
    words += ["includeSubDomains"] if str(hsts.get("IncludeSubdomains")).lower() == "true" else []
    words += ["preload"] if str(hsts.get("Preload")).lower() == "true" else []
    return "; ".join(words)


def view_state(_: dict[str, Any]) -> dict[str, Any]:
    """Return all enabled distributions in the shape of `model.State`."""
    return {
        "distributions": [
            _distribution(each)
            for each in backend().distributions.values()
            if str(each.distribution_config.Enabled).lower() == "true"
        ]
    }


def view_refused(document: dict[str, Any]) -> dict[str, Any]:
    """Write which distributions the edge does not run as they are wanted: `refused` is id → why."""
    for identity, distribution in backend().distributions.items():
        distribution.local_refused = document["refused"].get(identity, "")
    return {}


def _distribution(distribution: Any) -> dict[str, Any]:
    config = distribution.distribution_config
    listed = config.CacheBehaviors.get("Items") or []
    groups = {group["Id"]: group for group in config.OriginGroups.get("Items") or []}
    behaviours = [(each.path_pattern, each) for each in listed] + [("*", config.DefaultCacheBehavior)]
    return {
        "id": distribution.id,
        "domain": distribution.domain_name,
        "aliases": config.Aliases.get("Items") or [],
        "origins": [_origin(each) for each in config.Origins["Items"]],
        "behaviours": [_behaviour(pattern, each, groups) for pattern, each in behaviours],
        "root": str(config.DefaultRootObject or ""),
    }


def _origin(origin: Any) -> dict[str, Any]:
    custom = getattr(origin, "custom_origin_config", None)
    tls = custom is None or custom.origin_protocol_policy != "http-only"
    port = 443 if custom is None else custom.https_port if tls else custom.http_port
    headers = origin.custom_headers.get("Items") or []
    return {
        "id": origin.id,
        "domain": origin.domain_name.rstrip(".").lower(),
        "path": origin.origin_path.rstrip("/"),
        "port": int(port or 443),
        "tls": tls,
        "connect_s": int(origin.connection_timeout),
        "attempts": int(origin.connection_attempts),
        "read_s": int(custom.origin_read_timeout if custom else 30),
        "headers": {each["HeaderName"]: each["HeaderValue"] for each in headers},
        "signed": _region_of(origin.domain_name) if getattr(origin, "origin_access_control_id", "") else "",
    }


def _region_of(domain: str) -> str:
    found = re.search(r"\.s3\.([a-z0-9-]+)\.amazonaws\.com$", domain)
    return found.group(1) if found else "us-east-1"


def _behaviour(pattern: str, behaviour: Any, groups: dict[str, Any]) -> dict[str, Any]:
    group, policy = groups.get(behaviour.target_origin_id), behaviour.origin_request_policy_id or ""
    members = [member["OriginId"] for member in group["Members"]["Items"]] if group else []
    return {
        "pattern": pattern,
        "origin": members[0] if members else behaviour.target_origin_id,
        "second": members[1] if members else "",
        "fails_over_on": [int(code) for code in group["FailoverCriteria"]["StatusCodes"]["Items"]] if group else [],
        "headers": security_headers(behaviour.response_headers_policy_id or ""),
        "methods": list(behaviour.allowed_methods.items),
        "viewer": behaviour.viewer_protocol_policy,
        "forward": FORWARDS.get(policy) or custom_forward(policy),
    }
