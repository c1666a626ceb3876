"""ElastiCache's parameter groups, which moto lacks."""

from typing import Any

from localcloud.services.elasticache.record import parameter_groups, refused


def patch() -> None:
    """Add the actions to moto's response class; tags of these groups can be listed."""
    from moto.elasticache.models import ElastiCacheBackend
    from moto.elasticache.responses import ElastiCacheResponse

    listed = ElastiCacheBackend.list_tags_for_resource

    def list_tags_for_resource(self: Any, arn: str) -> Any:
        return self.tagging_service.list_tags_for_resource(arn) if ":parametergroup:" in arn else listed(self, arn)

    ElastiCacheBackend.list_tags_for_resource = list_tags_for_resource  # type: ignore[method-assign]

    for name, action in (
        ("create_cache_parameter_group", _create),
        ("describe_cache_parameter_groups", _describe),
        ("modify_cache_parameter_group", _modify),
        ("reset_cache_parameter_group", _reset),
        ("delete_cache_parameter_group", _delete),
        ("describe_cache_parameters", _parameters),
    ):
        setattr(ElastiCacheResponse, name, action)


def _result(document: dict[str, Any]) -> Any:
    from moto.core.responses import ActionResult

    return ActionResult(document)


def _found(response: Any) -> dict[str, Any]:
    name = response._get_param("CacheParameterGroupName")
    group = parameter_groups(response.elasticache_backend).get(name)
    if group is None:
        raise refused(f"Cache parameter group {name} not found.", "CacheParameterGroupNotFound")
    return group


def _document(response: Any, group: dict[str, Any]) -> dict[str, Any]:
    account, region = response.current_account, response.region
    arn = f"arn:aws:elasticache:{region}:{account}:parametergroup:{group['name']}"
    return {
        "CacheParameterGroupName": group["name"],
        "CacheParameterGroupFamily": group["family"],
        "Description": group["description"],
        "IsGlobal": False,
        "ARN": arn,
    }


def _create(self: Any) -> Any:
    name = self._get_param("CacheParameterGroupName")
    family, description = self._get_param("CacheParameterGroupFamily"), self._get_param("Description")
    group = {"name": name, "family": family, "description": description, "values": {}}
    parameter_groups(self.elasticache_backend)[name] = group
    document = _document(self, group)
    self.elasticache_backend.add_tags_to_resource(document["ARN"], self._get_param("Tags", []))
    return _result({"CacheParameterGroup": document})


def _describe(self: Any) -> Any:
    named = self._get_param("CacheParameterGroupName")
    groups = [_found(self)] if named else list(parameter_groups(self.elasticache_backend).values())
    return _result({"CacheParameterGroups": [_document(self, group) for group in groups]})


def _modify(self: Any) -> Any:
    group = _found(self)
    for each in self._get_param("ParameterNameValues", []):
        group["values"][each["ParameterName"]] = each["ParameterValue"]
    return _result({"CacheParameterGroupName": group["name"]})


def _reset(self: Any) -> Any:
    group = _found(self)
    for each in self._get_param("ParameterNameValues", []):
        group["values"].pop(each["ParameterName"], None)
    return _result({"CacheParameterGroupName": group["name"]})


def _delete(self: Any) -> Any:
    del parameter_groups(self.elasticache_backend)[_found(self)["name"]]
    return _result({})


def _parameters(self: Any) -> Any:
    listed = [
        {"ParameterName": name, "ParameterValue": value, "Source": "user", "IsModifiable": True}
        for name, value in _found(self)["values"].items()
    ]
    return _result({"Parameters": listed})
