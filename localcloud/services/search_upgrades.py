"""OpenSearch Service: an upgrade of a domain, which moto cannot be asked for. Operations are listed in `records`."""

from typing import Any

from localcloud.api.emulated import Parameters, RequestContext, add, new_id, one


def patch() -> None:
    """Answer UpgradeDomain: the version is another at once."""
    from moto.es import urls
    from moto.opensearch.responses import OpenSearchServiceResponse

    add("opensearch", {"UpgradeDomain": _upgrade})
    responses: Any = OpenSearchServiceResponse
    urls.url_paths["{0}/2021-01-01/opensearch/upgradeDomain$"] = responses.dispatch


def _upgrade(request: RequestContext, asked: Parameters) -> dict[str, Any]:
    from localcloud.api.record import backend

    domain = one(backend("opensearch", request.region).domains, asked["DomainName"], "ResourceNotFoundException")
    if not asked.get("PerformCheckOnly"):
        domain.engine_version = asked["TargetVersion"]
    return {"UpgradeId": new_id(), "DomainName": asked["DomainName"], "TargetVersion": asked["TargetVersion"]}
