"""Replaces those actions of moto's ECS that are not true: services, tasks, counts, what is read back."""

from typing import Any

from localcloud.api.record import ACCOUNT
from localcloud.services.ecs import record
from localcloud.services.ecs.gaps import keep
from localcloud.services.elbv2 import record as elb


def patch() -> None:
    """Make moto's ECS read back as AWS's does, and start nothing by itself."""
    from moto.ecs.responses import EC2ContainerServiceResponse as Response

    for patching in (_patch_services, _patch_tasks, _patch_definitions, _patch_clusters):
        for action in patching(Response):
            setattr(Response, action.__name__, action)


def _invalid(message: str) -> Exception:
    from moto.ecs.exceptions import InvalidParameterException

    error: Exception = InvalidParameterException(message)
    return error


def _not_emulated(message: str) -> Exception:
    from moto.ecs.exceptions import ECSException

    error: Exception = ECSException("NotEmulated", message)
    return error


def _patch_services(response: Any) -> list[Any]:
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
    _active(backend, parameters["taskDefinition"])
    cluster = backend._get_cluster(parameters.get("cluster") or "default")
    known = backend.services.get(f"{cluster.name}:{parameters['serviceName']}")
    if known is not None and known.status != "INACTIVE":
        raise _invalid("Creation of service was not idempotent.")
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


def _active(backend: Any, name: str) -> Any:
    """Return a task definition that new tasks may have."""
    from moto.ecs.exceptions import EcsClientException

    definition = backend.describe_task_definition(name)
    if definition.status != "ACTIVE":
        raise EcsClientException("TaskDefinition is inactive")
    return definition


def _check_service(region: str, parameters: dict[str, Any]) -> None:
    controller = (parameters.get("deploymentController") or {}).get("type", "ECS")
    strategy = (parameters.get("deploymentConfiguration") or {}).get("strategy", "ROLLING")
    if controller != "ECS" or strategy != "ROLLING":
        raise _not_emulated(
            f"the local cloud emulates no {controller}/{strategy} deployments of ECS; emulated are: ECS, ROLLING"
        )
    for balancer in parameters.get("loadBalancers") or []:
        arn = balancer.get("targetGroupArn")
        if arn not in elb.backend(region).target_groups:
            raise _invalid(f"The target group {arn} does not exist.")
        if not elb.is_in_use(region, arn):
            raise _invalid(f"The target group with targetGroupArn {arn} does not have an associated load balancer.")


def _update(backend: Any, service: Any, parameters: dict[str, Any]) -> None:
    """Change a service; a new task definition, network or `forceNewDeployment` makes a new deployment."""
    _check_service(service.region_name, parameters)
    keep(service, parameters)
    if parameters.get("deploymentConfiguration"):
        service.deployment_configuration = {**service.deployment_configuration, **parameters["deploymentConfiguration"]}
    fresh = bool(parameters.get("forceNewDeployment"))
    if parameters.get("taskDefinition"):
        arn = _active(backend, parameters["taskDefinition"]).arn
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


def _patch_tasks(_response: Any) -> list[Any]:
    return [run_task, stop_task, describe_tasks, list_tasks]


def run_task(self: Any) -> Any:
    """Start tasks of a definition that is active."""
    from moto.core.responses import ActionResult

    parameters = self._get_params()
    cluster = self.ecs_backend._get_cluster(parameters.get("cluster") or "default")
    definition = _active(self.ecs_backend, parameters["taskDefinition"])
    if definition.network_mode == "awsvpc" and not parameters.get("networkConfiguration"):
        raise _invalid("Network Configuration must be provided when networkMode 'awsvpc' is specified.")
    started = [
        record.new_task(
            self.region,
            cluster,
            definition,
            group=parameters.get("group") or f"family:{definition.family}",
            started_by=parameters.get("startedBy") or "",
            network=parameters.get("networkConfiguration"),
            overrides=parameters.get("overrides"),
            tags=parameters.get("tags"),
        ).document
        for _ in range(int(parameters.get("count") or 1))
    ]
    return ActionResult({"tasks": started, "failures": []})


def stop_task(self: Any) -> Any:
    """Want a task stopped."""
    from moto.core.responses import ActionResult

    task = _find(self, self._get_param("task"))
    if task is None:
        raise _invalid("The referenced task was not found.")
    record.want_stopped(task, "UserInitiated", self._get_param("reason") or "Task stopped by user")
    return ActionResult({"task": task.document})


def describe_tasks(self: Any) -> Any:
    """Return what is known of tasks; tags where they are asked for."""
    from moto.core.responses import ActionResult

    self.ecs_backend._get_cluster(self._get_param("cluster", "default"))
    asked = self._get_param("tasks", [])
    if not asked:
        raise _invalid("Tasks cannot be empty.")
    found = {name: _find(self, name) for name in asked}
    with_tags = "TAGS" in self._get_param("include", [])
    documents = [
        {key: value for key, value in task.document.items() if key != "tags" or with_tags}
        for task in found.values()
        if task is not None
    ]
    missing = [{"arn": _task_arn(self, name), "reason": "MISSING"} for name, task in found.items() if task is None]
    return ActionResult({"tasks": documents, "failures": missing})


def list_tasks(self: Any) -> Any:
    """Return the tasks of a service, family or state."""
    from moto.core.responses import ActionResult

    cluster = self.ecs_backend._get_cluster(self._get_param("cluster", "default"))
    service, family = self._get_param("serviceName"), self._get_param("family")
    wanted = {
        "clusterArn": cluster.arn,
        "desiredStatus": self._get_param("desiredStatus") or "RUNNING",
        "startedBy": self._get_param("startedBy"),
        "group": f"service:{service.split('/')[-1]}" if service else None,
    }
    arns = [
        task.arn
        for task in record.tasks(self.region).values()
        if all(task.document[key] == value for key, value in wanted.items() if value)
        and (not family or task.document["taskDefinitionArn"].split("/")[-1].rpartition(":")[0] == family)
    ]
    return ActionResult({"taskArns": arns})


def _find(response: Any, name: str) -> record.TaskRecord | None:
    identity = name.rpartition("/")[2]
    return next((task for arn, task in record.tasks(response.region).items() if arn.endswith(f"/{identity}")), None)


def _task_arn(response: Any, name: str) -> str:
    if name.startswith("arn:"):
        return name
    cluster = response._get_param("cluster", "default").rpartition("/")[2]
    return f"arn:aws:ecs:{response.region}:{ACCOUNT}:task/{cluster}/{name}"


def _patch_definitions(response: Any) -> list[Any]:
    from moto.core.responses import ActionResult

    register, listed = response.register_task_definition, response.list_task_definitions

    def register_task_definition(self: Any) -> Any:
        containers = self._get_param("containerDefinitions") or []
        if len(containers) > 1:
            raise _not_emulated("the local cloud runs tasks of one container; several are not emulated")
        for container in containers:
            for mapping in container.get("portMappings") or []:
                mapping.setdefault("hostPort", mapping["containerPort"])
                mapping.setdefault("protocol", "tcp")
        answer = register(self)
        definition = answer.result["taskDefinition"]
        definition.registered_at = record.now()
        return ActionResult({"taskDefinition": definition, "tags": definition.tags})

    def list_task_definitions(self: Any) -> Any:
        arns = listed(self).result["taskDefinitionArns"]
        ordered = sorted(arns, key=lambda arn: (arn.rpartition(":")[0], int(arn.rpartition(":")[2])))
        if self._get_param("sort") == "DESC":
            ordered.reverse()
        return ActionResult({"taskDefinitionArns": ordered})

    def list_task_definition_families(self: Any) -> Any:
        status, prefix = self._get_param("status") or "ALL", self._get_param("familyPrefix") or ""
        families = [
            family
            for family, revisions in self.ecs_backend.task_definitions.items()
            if family.startswith(prefix) and (status == "ALL" or _family_status(revisions.values()) == status)
        ]
        return ActionResult({"families": families})

    return [register_task_definition, list_task_definitions, list_task_definition_families]


def _family_status(revisions: Any) -> str:
    return "ACTIVE" if any(one.status == "ACTIVE" for one in revisions) else "INACTIVE"


def _patch_clusters(response: Any) -> list[Any]:
    from moto.core.responses import ActionResult

    create, describe, remove = response.create_cluster, response.describe_clusters, response.delete_cluster

    def create_cluster(self: Any) -> Any:
        known = self.ecs_backend.clusters.get(self._get_param("clusterName") or "default")
        if known is not None and known.status == "ACTIVE":
            return ActionResult({"cluster": known})
        return create(self)

    def describe_clusters(self: Any) -> Any:
        record.count(self.region)
        return describe(self)

    def delete_cluster(self: Any) -> Any:
        from moto.ecs.exceptions import ECSException

        cluster = self.ecs_backend._get_cluster(self._get_param("cluster"))
        services = self.ecs_backend.services.values()
        if any(service.cluster_arn == cluster.arn and service.status != "INACTIVE" for service in services):
            raise ECSException(
                "ClusterContainsServicesException", "The Cluster cannot be deleted while Services are active."
            )
        return remove(self)

    def list_clusters(self: Any) -> Any:
        active = [cluster.arn for cluster in self.ecs_backend.clusters.values() if cluster.status == "ACTIVE"]
        return ActionResult({"clusterArns": active})  # describe finds deleted ones for a while, as on AWS

    return [create_cluster, describe_clusters, list_clusters, delete_cluster]
