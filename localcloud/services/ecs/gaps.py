"""What moto's ECS forgets of a service whether or not anything runs behind its records."""

from typing import Any

DEPLOYMENT_DEFAULTS = {
    "strategy": "ROLLING",
    "maximumPercent": 200,
    "minimumHealthyPercent": 100,
    "deploymentCircuitBreaker": {"enable": False, "rollback": False},
}

KEPT = {
    "healthCheckGracePeriodSeconds": "health_check_grace_period_seconds",
    "enableExecuteCommand": "enable_execute_command",
    "enableECSManagedTags": "enable_ecs_managed_tags",
    "capacityProviderStrategy": "capacity_provider_strategy",
    "availabilityZoneRebalancing": "availability_zone_rebalancing",
    "propagateTags": "propagate_tags",
    "platformVersion": "platform_version",
    "placementConstraints": "placement_constraints",
    "placementStrategy": "placement_strategy",
}
"""Parameters of a service that are read back as written: the API's name → moto's attribute."""


def patch() -> None:
    """Have a service read back as it was created."""
    from moto.ecs.responses import EC2ContainerServiceResponse as Response

    create: Any = Response.create_service

    def create_service(self: Any) -> Any:
        answer = create(self)
        service, parameters = answer.result["service"], self._get_params()
        service.deployment_configuration = {**DEPLOYMENT_DEFAULTS, **(parameters.get("deploymentConfiguration") or {})}
        service.health_check_grace_period_seconds = 0 if service.load_balancers else None
        keep(service, parameters)
        return answer

    Response.create_service = create_service  # type: ignore[method-assign]


def keep(service: Any, parameters: dict[str, Any]) -> None:
    """Note of a service what moto does not."""
    for name, attribute in KEPT.items():
        if parameters.get(name) is not None:
            setattr(service, attribute, parameters[name])
