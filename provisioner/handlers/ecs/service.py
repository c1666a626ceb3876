"""Services of ECS."""
# ruff: noqa: ARG002 - methods take what a handler is given, whether they need it or not

from typing import Any, ClassVar, Final

from provisioner.aws import Aws
from provisioner.handlers.common.base import Properties, ignoring, register
from provisioner.handlers.common.generic import Generic
from provisioner.handlers.ecs.cluster import TAG_CALLS

INACTIVE_DEADLINE_S: Final = 1200.0
DEPLOYMENT: Final = {
    "deploymentMinimumHealthyPercent": "minimumHealthyPercent",
    "deploymentMaximumPercent": "maximumPercent",
    "deploymentCircuitBreaker": "deploymentCircuitBreaker",
    "alarms": "alarms",
}


@register
class Service(Generic):
    """A service. Its id is its ARN; returns when ECS has accepted it, not when its tasks run.

    An update says only what changed: desired counts and task definitions are operations'. Terraform's import id
    `<cluster>/<service>` is understood.
    """

    type = "aws:ecs/service:Service"
    taggable = True
    service = "ecs"
    create_call = "create_service"
    read_call = "describe_services"
    update_call = "update_service"
    partial = True
    id_output = "service.serviceArn"
    names: ClassVar = {
        "name": "serviceName",
        "capacityProviderStrategies": "capacityProviderStrategy",
        "orderedPlacementStrategies": "placementStrategy",
        **{name: f"deploymentConfiguration.{member}" for name, member in DEPLOYMENT.items()},
    }
    constants: ClassVar = {"include": ["TAGS"]}
    only_here = frozenset({"waitForSteadyState", "forceDelete", "forceNewDeployment", "triggers"})
    missing = ("ServiceNotFoundException", "ClusterNotFoundException", "ServiceNotActiveException")
    document = "services[0]"
    gone = "status != 'ACTIVE'"
    outputs: ClassVar = {
        "arn": "serviceArn",
        "cluster": "clusterArn",
        **{name: f"deploymentConfiguration.{member}" for name, member in DEPLOYMENT.items()},
    }
    replace_on = frozenset({"name", "cluster", "launchType", "schedulingStrategy", "iamRole"})
    tag_calls = TAG_CALLS

    def parameters(self, aws: Aws, call: str, inputs: Properties) -> dict[str, Any]:
        """See Generic; the network is nested deeper than the provider has it."""
        network = inputs.get("networkConfiguration")
        public = (network or {}).get("assignPublicIp")
        inside = {**(network or {}), "assignPublicIp": None if public is None else "ENABLED" if public else "DISABLED"}
        wrapped = {"networkConfiguration": {"awsvpcConfiguration": inside}} if network else {}
        return super().parameters(aws, call, {**inputs, **wrapped})

    def id_arguments(self, aws: Aws, call: str, resource_id: str) -> dict[str, Any]:
        """See Generic; a service's ARN names its cluster."""
        path = resource_id.partition(":service/")[2] or resource_id
        cluster, _, name = path.partition("/")
        return {"cluster": cluster, **({"services": [name]} if call == self.read_call else {"service": name})}

    def update(
        self, aws: Aws, resource_id: str, old: Properties, new: Properties, changed: frozenset[str]
    ) -> Properties:
        """See Handler; what is said of deployments is said whole."""
        if changed & DEPLOYMENT.keys():
            changed = changed | (DEPLOYMENT.keys() & new.keys())
        return super().update(aws, resource_id, old, new, changed)

    def update_arguments(self, aws: Aws, resource_id: str, new: Properties, changed: frozenset[str]) -> dict[str, Any]:
        """See Generic; another strategy of capacity providers, or a new trigger, needs a deployment."""
        arguments = super().update_arguments(aws, resource_id, new, changed)
        forced = changed & {"triggers", "capacityProviderStrategies"} and new.get("forceNewDeployment")
        return {**arguments, "forceNewDeployment": True} if forced else arguments

    def observe(self, aws: Aws, resource_id: str, document: Any) -> Properties:
        """See Generic."""
        observed = super().observe(aws, resource_id, document)
        network = (document.get("networkConfiguration") or {}).get("awsvpcConfiguration")
        if network:
            public = network.get("assignPublicIp") == "ENABLED"
            observed["networkConfiguration"] = {**network, "assignPublicIp": public}
        return observed

    def seen(self, aws: Aws, resource_id: str, known: Properties, *, tags: bool = True) -> Properties | None:
        """See Generic; the cluster is named as the program names it, by its ARN or its name."""
        observed = super().seen(aws, resource_id, known, tags=tags)
        given = known.get("cluster")
        if observed is not None and given and observed["cluster"].endswith(f"/{given}"):
            observed["cluster"] = given
        return observed

    def delete(self, aws: Aws, resource_id: str, outputs: Properties) -> None:
        """Delete the service with its tasks, and wait until they are drained."""
        with ignoring(*self.missing):
            self.call(aws, "delete_service", **self.id_arguments(aws, "delete_service", resource_id), force=True)

        def drained() -> bool:
            document = self.described(aws, resource_id, even_gone=True)
            return document is None or document["status"] == "INACTIVE"

        aws.wait_for(f"service {resource_id} inactive", drained, deadline_s=INACTIVE_DEADLINE_S)

    def find(self, aws: Aws, inputs: Properties) -> str | None:
        """Find by cluster and name."""
        document = self.described(aws, f"{inputs['cluster'].rpartition('/')[2]}/{inputs['name']}")
        return str(document["serviceArn"]) if document else None
