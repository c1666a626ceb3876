"""Nothing travels in the clear, and nobody speaks an old protocol."""

import json
from collections.abc import Iterator, Sequence
from typing import Any, Final

from policies import tokens
from policies.rule import Finding, Subject, group_rule, resource_rule

LOAD_BALANCER_POLICIES: Final = frozenset(
    {
        "ELBSecurityPolicy-TLS-1-2-2017-01",
        "ELBSecurityPolicy-TLS-1-2-Ext-2018-06",
        "ELBSecurityPolicy-TLS13-1-2-2021-06",
        "ELBSecurityPolicy-TLS13-1-2-Res-2021-06",
        "ELBSecurityPolicy-TLS13-1-3-2021-06",
    }
)
"""Policies that take TLS 1.2 and above alone. Source: Elastic Load Balancing, "Security policies"."""


@resource_rule(
    "TLS-1",
    "Load balancers serve TLS 1.2 or newer; plain HTTP only redirects",
    tokens.LISTENER,
    reason="what the edge sends carries the origin secret",
    controls=("FSBP ELB.1", "FSBP ELB.17", "specification 5.3"),
)
def listeners(subject: Subject) -> Iterator[str]:
    """Both listeners of a region."""
    if subject.get("protocol") == "HTTPS":
        if subject.get("sslPolicy") not in LOAD_BALANCER_POLICIES:
            yield f"its policy {subject.get('sslPolicy')} takes protocols older than TLS 1.2"
    elif any(action.get("type") != "redirect" for action in subject.get("defaultActions", [])):
        yield "it answers plain HTTP with something else than a redirect"


@resource_rule(
    "TLS-2",
    "The edge serves TLS 1.2 or newer, and asks origins by HTTPS",
    tokens.DISTRIBUTION,
    reason="tokens travel on it",
    controls=("FSBP CloudFront.3", "FSBP CloudFront.9", "FSBP CloudFront.10", "specification 5.3"),
)
def distributions(subject: Subject) -> Iterator[str]:
    """Viewers, and origins that are not buckets."""
    version = str(subject.get("viewerCertificate.minimumProtocolVersion", ""))
    if not version.startswith(("TLSv1.2", "TLSv1.3")):
        yield f"viewers may speak {version or 'any protocol'}"
    for behaviour in _behaviours(subject):
        if behaviour.get("viewerProtocolPolicy") not in ("https-only", "redirect-to-https"):
            yield f"{behaviour.get('pathPattern', 'the default behaviour')} is served in plain HTTP"
    for origin in subject.get("origins", []):
        custom = origin.get("customOriginConfig")
        if custom and custom.get("originProtocolPolicy") != "https-only":
            yield f"the origin {origin.get('originId')} is not asked by HTTPS"
        if custom and set(custom.get("originSslProtocols", [])) - {"TLSv1.2"}:
            yield f"the origin {origin.get('originId')} is asked with protocols older than TLS 1.2"


def _behaviours(subject: Subject) -> list[dict[str, Any]]:
    return [subject.get("defaultCacheBehavior", {}), *subject.get("orderedCacheBehaviors", [])]


@group_rule(
    "TLS-3",
    "Buckets refuse requests without TLS",
    tokens.BUCKET,
    tokens.BUCKET_POLICY,
    reason="S3 answers plain HTTP unless a policy forbids it",
    controls=("FSBP S3.5", "CIS 2.1.1"),
)
def buckets(subjects: Sequence[Subject]) -> Iterator[Finding]:
    """Each bucket has a policy that denies what is not secure. A policy that is not known yet is not judged."""
    policies = {s.name: s for s in subjects if s.type == tokens.BUCKET_POLICY}
    policies |= {str(s.get("bucket")): s for s in subjects if s.type == tokens.BUCKET_POLICY and s.get("bucket")}
    for subject in subjects:
        if subject.type != tokens.BUCKET:
            continue
        policy = policies.get(str(subject.get("bucket"))) or policies.get(subject.name)
        if policy is None:
            yield subject, "it has no policy"
        elif "policy" in policy.props and not _denies_plain(policy.props["policy"]):
            yield subject, "its policy does not deny requests without TLS"


def _denies_plain(policy: Any) -> bool:
    try:
        document = json.loads(policy) if isinstance(policy, str) else policy
    except ValueError:
        return bool(policy == "[unknown]")
    return any(
        statement.get("Effect") == "Deny"
        and statement.get("Condition", {}).get("Bool", {}).get("aws:SecureTransport") in ("false", False)
        for statement in document.get("Statement", [])
    )


@resource_rule(
    "TLS-4",
    "Databases refuse connections without TLS",
    tokens.DATABASE_PARAMETERS,
    reason="passwords and rows cross zones",
    controls=("CIS RDS.2", "specification 4.1", "docs/design.md#specification"),
)
def databases(subject: Subject) -> Iterator[str]:
    """PostgreSQL's parameter groups."""
    values = {one.get("name"): str(one.get("value")) for one in subject.get("parameters", [])}
    if str(subject.get("family", "")).startswith("postgres") and values.get("rds.force_ssl") != "1":
        yield "rds.force_ssl is not 1"


@resource_rule(
    "TLS-5",
    "Caches take TLS and a token alone",
    tokens.CACHE,
    reason="anything in the VPC could read sessions otherwise",
    controls=("FSBP ElastiCache.5", "FSBP ElastiCache.6", "specification 5.3"),
)
def caches(subject: Subject) -> Iterator[str]:
    """Replication groups."""
    if subject.get("transitEncryptionEnabled") is not True:
        yield "transitEncryptionEnabled is not true"
    if "authToken" not in subject.props:
        yield "no authToken is required"


@resource_rule(
    "TLS-6",
    "Search domains take HTTPS with TLS 1.2 alone",
    tokens.SEARCH,
    reason="queries hold what users look for",
    controls=("FSBP Opensearch.8",),
)
def search(subject: Subject) -> Iterator[str]:
    """OpenSearch domains."""
    options = subject.get("domainEndpointOptions", {})
    if options.get("enforceHttps") is not True:
        yield "HTTPS is not enforced"
    if "TLS-1-2" not in str(options.get("tlsSecurityPolicy", "")):
        yield f"its policy {options.get('tlsSecurityPolicy')} takes protocols older than TLS 1.2"


@resource_rule(
    "TLS-7",
    "Health checks ask by HTTPS, or whether its port answers",
    tokens.HEALTH_CHECK,
    reason="a check by another way says nothing of the way that users take",
    controls=("docs/design.md#traffic",),
)
def health_checks(subject: Subject) -> Iterator[str]:
    """Checks of endpoints; calculated ones ask nobody."""
    kind = str(subject.get("type", ""))
    if kind in ("HTTP", "HTTP_STR_MATCH") or (kind == "TCP" and subject.get("port") != 443):
        yield f"it asks by {kind}"
