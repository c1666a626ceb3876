"""What ELB refuses of a rule's conditions and actions. Pure: each function returns the reason, None when all is well.

Source: "Listener rules for your Application Load Balancer" and the API reference of RuleCondition and Action.
"""

import ipaddress
import re
from collections.abc import Mapping
from typing import Any, Final

CONTENT_TYPES: Final = ("text/plain", "text/css", "text/html", "application/javascript", "application/json")
LONGEST_BODY: Final = 1024
LONGEST_VALUE: Final = 128
_STATUS: Final = re.compile(r"[245]\d\d")
_HOST: Final = re.compile(r"[A-Za-z0-9.*?-]+(:\d+)?")
_PATH: Final = re.compile(r"[A-Za-z0-9_\-.$/~\"'@:+&*?;,=()!%#]+")
_HEADER: Final = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,40}")
_METHOD: Final = re.compile(r"[A-Z_-]{1,40}")
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]")
_PORT: Final = re.compile(r"\d{1,5}|#\{port\}")


def action_refusal(action: Mapping[str, Any]) -> str | None:
    """Return why an action is refused."""
    if action.get("Type") == "fixed-response":
        return _fixed_response_refusal(action.get("FixedResponseConfig") or {})
    if action.get("Type") == "redirect":
        return _redirect_refusal(action.get("RedirectConfig") or {})
    return None


def _fixed_response_refusal(config: Mapping[str, Any]) -> str | None:
    status, kind, body = config.get("StatusCode"), config.get("ContentType"), config.get("MessageBody") or ""
    if not _STATUS.fullmatch(str(status)):
        return f"The fixed response status code '{status}' must be 2XX, 4XX or 5XX"
    if kind is not None and kind not in CONTENT_TYPES:
        return f"The content type '{kind}' must be one of {', '.join(CONTENT_TYPES)}"
    if len(body) > LONGEST_BODY:
        return f"The message body must not be longer than {LONGEST_BODY} characters"
    return "The message body must not hold the byte 0" if "\0" in body else None


def _redirect_refusal(config: Mapping[str, Any]) -> str | None:
    if config.get("StatusCode") not in ("HTTP_301", "HTTP_302"):
        return "The redirect status code must be HTTP_301 or HTTP_302"
    if config.get("Protocol", "HTTPS") not in ("HTTP", "HTTPS", "#{protocol}"):
        return "The redirect protocol must be HTTP, HTTPS or #{protocol}"
    port = str(config.get("Port", "443"))
    if not _PORT.fullmatch(port) or (port.isdigit() and not 1 <= int(port) <= 65535):
        return "The redirect port must be a value from 1 to 65535 or #{port}"
    if not str(config.get("Path", "/")).startswith("/"):
        return "The redirect path must begin with '/'"
    texts = [str(config.get(name) or "") for name in ("Host", "Path", "Query")]
    if any(len(text) > LONGEST_VALUE for text in texts):
        return f"Host, path and query of a redirect must not be longer than {LONGEST_VALUE} characters"
    return "A redirect must not hold control characters" if any(map(_CONTROL.search, texts)) else None


def condition_refusal(condition: Mapping[str, Any], values: list[Any], header: str | None) -> str | None:
    """Return why a condition is refused; `values` are its own, whichever member they came in."""
    field = condition.get("Field")
    if field == "http-header" and not _HEADER.fullmatch(header or ""):
        return f"The HTTP header name '{header}' is not valid"
    texts = [text for value in values for text in (value.values() if isinstance(value, Mapping) else (value,))]
    if any(text is None or len(str(text)) > LONGEST_VALUE or _CONTROL.search(str(text)) for text in texts):
        return f"A value of condition '{field}' is longer than {LONGEST_VALUE} characters, or holds control characters"
    pattern = {"host-header": _HOST, "path-pattern": _PATH, "http-request-method": _METHOD}.get(str(field))
    for text in texts:
        if pattern is not None and not pattern.fullmatch(str(text)):
            return f"The value '{text}' is not valid for condition '{field}'"
        if field == "source-ip" and not _is_range(str(text)):
            return f"The source IP '{text}' must be in CIDR format"
    return None


def _is_range(text: str) -> bool:
    try:
        ipaddress.ip_network(text, strict=False)
    except ValueError:
        return False
    return "/" in text


def target_refusal(identity: str, kind: str) -> str | None:
    """Return why a target is refused: here all are addresses, as Fargate's are."""
    try:
        ipaddress.ip_address(identity)
    except ValueError:
        return f"The {'IP address' if kind == 'ip' else 'target'} '{identity}' is not a valid IPv4 address"
    return None
