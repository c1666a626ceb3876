"""CloudWatch Logs: metric filters, and changes of deliveries, as records. Operations are listed in `records`."""

from typing import Any

from localcloud.api.emulated import Parameters, ProblemError, RequestContext, add


def patch() -> None:
    """Replace moto's metric filters, which forget units and never change; let deliveries be changed and tagged anew."""
    _patch_tags()
    add(
        "logs",
        {
            "PutMetricFilter": _put,
            "DescribeMetricFilters": _describe,
            "DeleteMetricFilter": _delete,
            "UpdateDeliveryConfiguration": _update_delivery,
        },
    )


def _patch_tags() -> None:
    """Let the tags of what delivers logs change: moto shows those of its creation."""
    from moto.logs.models import LogsBackend

    backend: Any = LogsBackend
    if hasattr(backend, "tags_deliveries"):
        return
    tag, untag = backend.tag_resource, backend.untag_resource

    def delivering(self: Any, arn: str) -> Any:
        all_of_them = (self.delivery_sources, self.delivery_destinations, self.deliveries)
        return next((each for kind in all_of_them for each in kind.values() if each.arn == arn), None)

    def tag_resource(self: Any, arn: str, tags: dict[str, str]) -> None:
        tag(self, arn, tags)
        if (found := delivering(self, arn)) is not None:
            found.tags = {**(found.tags or {}), **tags}

    def untag_resource(self: Any, arn: str, tag_keys: list[str]) -> None:
        untag(self, arn, tag_keys)
        if (found := delivering(self, arn)) is not None:
            found.tags = {key: text for key, text in (found.tags or {}).items() if key not in tag_keys}

    put = backend.put_delivery_destination

    def put_delivery_destination(self: Any, name: str, *arguments: Any, **named: Any) -> Any:
        old = self.delivery_destinations.get(name)
        new = put(self, name, *arguments, **named)
        new.tags = old.tags if old is not None else new.tags  # a change carries none, and takes none away
        return new

    backend.put_delivery_destination = put_delivery_destination
    backend.tag_resource, backend.untag_resource, backend.tags_deliveries = tag_resource, untag_resource, True


def _filters(request: RequestContext, group: str) -> dict[str, Any]:
    from moto.logs.models import logs_backends

    if group not in logs_backends[request.account][request.region].groups:
        raise ProblemError("ResourceNotFoundException", "The specified log group does not exist.")
    found: dict[str, Any] = request.kind("metric filters").setdefault(group, {})
    return found


def _put(request: RequestContext, asked: Parameters) -> dict[str, Any]:
    _filters(request, asked["logGroupName"])[asked["filterName"]] = asked
    return {}


def _describe(request: RequestContext, asked: Parameters) -> dict[str, Any]:
    prefix = asked.get("filterNamePrefix", "")
    group = asked.get("logGroupName")
    known = request.kind("metric filters").values() if group is None else [_filters(request, group)]
    return {"metricFilters": [one for found in known for name, one in found.items() if name.startswith(prefix)]}


def _delete(request: RequestContext, asked: Parameters) -> dict[str, Any]:
    filters = _filters(request, asked["logGroupName"])
    if asked["filterName"] not in filters:
        raise ProblemError("ResourceNotFoundException", "The specified metric filter does not exist.")
    del filters[asked["filterName"]]
    return {}


def _update_delivery(request: RequestContext, asked: Parameters) -> dict[str, Any]:
    from moto.logs.models import logs_backends

    delivery: Any = logs_backends[request.account][request.region].get_delivery(asked["id"])
    if "s3DeliveryConfiguration" in asked:
        delivery.s3_delivery_configuration = asked["s3DeliveryConfiguration"]
    if "recordFields" in asked:
        delivery.record_fields = asked["recordFields"]
    return {}
