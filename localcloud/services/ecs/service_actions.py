"""Actions of ECS on services, as AWS does them: they start nothing by themselves, the controller does."""

from typing import Any

from localcloud.services.ecs import record
from localcloud.services.ecs.gaps import keep
from localcloud.services.ecs.refusals import active, invalid, not_emulated
from localcloud.services.elbv2 import record as elb


def service_actions(response: Any) -> list[Any]:
    """Return the actions on services that take the place of moto's, which some of them call."""
    from moto.core.responses import ActionResult
    from moto.ecs.models import Service

    service_class: Any = Service
    validate = service_class._validate_network

    def validate_network(self: Any, network: dict[str, Any]) -> Any:
        network["awsvpcConfiguration"].setdefault("securityGroups", [])  # moto takes it for given
        return validate(self, network)

    service_class._validate_network = validate_network
    describe, create, remove = response.describe_services, response.create_service, response.delete_service
    listed = response.list_services

    def create_service(self: Any) -> Any:
        return ActionResult({"service": _create(self, create)})

    def delete_service(self: Any) -> Any:
        answer = remove(self)
        service = answer.result["service"]
        service.status, service.desired_count = "DRAINING", 0
        return answer

    def describe_services(self: Any) -> Any:
        record.count(self.region)
        return describe(self)

    def list_services(self: Any) -> Any:
        inactive = {each.arn for each in self.ecs_backend.services.values() if each.status == "INACTIVE"}
        return ActionResult({"serviceArns": [arn for arn in listed(self).result["serviceArns"] if arn not in inactive]})

    return [create_service, update_service, delete_service, describe_services, list_services]


def _create(response: Any, create: Any) -> Any:
    """Create a service with `create`, moto's action; return it. One that is gone may be there under the same name."""
    parameters, backend = response._get_params(), response.ecs_backend
    _check_service(response.region, parameters)
    active(backend, parameters["taskDefinition"])
    cluster = backend._get_cluster(parameters.get("cluster") or "default")
    known = backend.services.get(f"{cluster.name}:{parameters['serviceName']}")
    if known is not None and known.status != "INACTIVE":
        raise invalid("Creation of service was not idempotent.")
    create(response)
    service = backend.services[f"{cluster.name}:{parameters['serviceName']}"]
    service.launch_type = parameters.get("launchType") or "FARGATE"
    service.created_at = record.now()
    service.local_steady = False
    service.deployments = [record.new_deployment(service, service.task_definition)]
    record.count(response.region)
    return service


def update_service(self: Any) -> Any:
    """Change a service that is active."""
    from moto.core.responses import ActionResult

    parameters = self._get_params()
    service = self.ecs_backend._get_service(
        parameters.get("cluster") or "default", parameters["service"].split("/")[-1]
    )
    if service.status != "ACTIVE":
        from moto.ecs.exceptions import ECSException

        raise ECSException("ServiceNotActiveException", "Service was not ACTIVE.")
    _update(self.ecs_backend, service, parameters)
    record.count(self.region)
    return ActionResult({"service": service})


def _check_service(region: str, parameters: dict[str, Any]) -> None:
    controller = (parameters.get("deploymentController") or {}).get("type", "ECS")
    strategy = (parameters.get("deploymentConfiguration") or {}).get("strategy", "ROLLING")
    if controller != "ECS" or strategy != "ROLLING":
        raise not_emulated(
            f"the local cloud emulates no {controller}/{strategy} deployments of ECS; emulated are: ECS, ROLLING"
        )
    for balancer in parameters.get("loadBalancers") or []:
        arn = balancer.get("targetGroupArn")
        if arn not in elb.backend(region).target_groups:
            raise invalid(f"The target group {arn} does not exist.")
        if not elb.is_in_use(region, arn):
            raise invalid(f"The target group with targetGroupArn {arn} does not have an associated load balancer.")


def _update(backend: Any, service: Any, parameters: dict[str, Any]) -> None:
    """Change a service; a new task definition, network or `forceNewDeployment` makes a new deployment."""
    _check_service(service.region_name, parameters)
    keep(service, parameters)
    if parameters.get("deploymentConfiguration"):
        service.deployment_configuration = {**service.deployment_configuration, **parameters["deploymentConfiguration"]}
    fresh = bool(parameters.get("forceNewDeployment"))
    if parameters.get("taskDefinition"):
        arn = active(backend, parameters["taskDefinition"]).arn
        fresh, service.task_definition = fresh or arn != service.task_definition, arn
    if parameters.get("networkConfiguration"):
        fresh = fresh or parameters["networkConfiguration"] != service.network_configuration
        service.network_configuration = parameters["networkConfiguration"]
    if parameters.get("loadBalancers") is not None:
        fresh = fresh or parameters["loadBalancers"] != service.load_balancers
        service.load_balancers = parameters["loadBalancers"]
    if parameters.get("desiredCount") is not None:
        service.local_steady = service.local_steady and service.desired_count == int(parameters["desiredCount"])
        service.desired_count = int(parameters["desiredCount"])
    if fresh:
        service.local_steady = False
        for deployment in service.deployments:
            deployment |= {"status": "ACTIVE", "updatedAt": record.now()}
        service.deployments.insert(0, record.new_deployment(service, service.task_definition))
    service.deployments[0] |= {"desiredCount": service.desired_count, "updatedAt": record.now()}
