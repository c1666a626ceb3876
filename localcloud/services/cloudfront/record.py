"""What moto lacks of CloudFront, and the view of its record. Runs in the api process alone."""

from typing import Any, Final

from localcloud.record import backend as moto_backend

ALL_VIEWER: Final = "216adef6-5c7f-47e4-b989-5492eafa07d3"
ALL_VIEWER_EXCEPT_HOST: Final = "b689b0a8-53d0-40ab-baf2-68738e2966ac"
FORWARDS: Final = {ALL_VIEWER: "all", ALL_VIEWER_EXCEPT_HOST: "all-but-host", "": "nothing"}
"""Managed origin request policies (moto has none): id → what is forwarded."""


def backend() -> Any:
    """Return moto's CloudFront."""
    return moto_backend("cloudfront", "aws")


def view_state(_: dict[str, Any]) -> dict[str, Any]:
    """Return all enabled distributions in the shape of `model.State`."""
    return {
        "distributions": [
            _distribution(each)
            for each in backend().distributions.values()
            if str(each.distribution_config.Enabled).lower() == "true"
        ]
    }


def _distribution(distribution: Any) -> dict[str, Any]:
    config = distribution.distribution_config
    listed = config.CacheBehaviors.get("Items") or []
    behaviours = [(each.path_pattern, each) for each in listed] + [("*", config.DefaultCacheBehavior)]
    return {
        "id": distribution.id,
        "domain": distribution.domain_name,
        "aliases": config.Aliases.get("Items") or [],
        "origins": [_origin(each) for each in config.Origins["Items"]],
        "behaviours": [_behaviour(pattern, each) for pattern, each in behaviours],
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
    }


def _behaviour(pattern: str, behaviour: Any) -> dict[str, Any]:
    return {
        "pattern": pattern,
        "origin": behaviour.target_origin_id,
        "methods": list(behaviour.allowed_methods.items),
        "viewer": behaviour.viewer_protocol_policy,
        "forward": FORWARDS[behaviour.origin_request_policy_id or ""],
    }
