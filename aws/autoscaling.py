"""Application Auto Scaling: between which counts an ECS service may be scaled."""

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from aws.calls import typed_errors

if TYPE_CHECKING:
    from aws.session import Session

NAMESPACE: Final = "ecs"
DIMENSION: Final = "ecs:service:DesiredCount"
BATCH: Final = 50
"""Resources that one description may name. Source: DescribeScalableTargets."""


@dataclass(frozen=True)
class Bounds:
    """The minimum and maximum number of tasks of a service, for autoscaling."""

    min_count: int
    max_count: int


class Autoscaling:
    """Application Auto Scaling of one region."""

    def __init__(self, session: "Session") -> None:
        self.region, self._session = session.region, session

    @cached_property
    def _client(self) -> Any:
        return self._session.client("application-autoscaling")

    def bounds(self, cluster: str, names: list[str]) -> dict[str, Bounds]:
        """Return the bounds of ECS services by name; one that is not registered is not in it."""
        ids = [_resource(cluster, name) for name in names]
        found: dict[str, Bounds] = {}
        for start in range(0, len(ids), BATCH):
            with typed_errors("application-autoscaling:DescribeScalableTargets", self.region):
                answer = self._client.describe_scalable_targets(
                    ServiceNamespace=NAMESPACE, ResourceIds=ids[start : start + BATCH], ScalableDimension=DIMENSION
                )
            for target in answer["ScalableTargets"]:
                name = str(target["ResourceId"]).rpartition("/")[2]
                found[name] = Bounds(int(target["MinCapacity"]), int(target["MaxCapacity"]))
        return found

    def set_bounds(self, cluster: str, name: str, bounds: Bounds) -> None:
        """Let an ECS service be scaled between these counts. May be repeated."""
        with typed_errors("application-autoscaling:RegisterScalableTarget", self.region):
            self._client.register_scalable_target(
                ServiceNamespace=NAMESPACE,
                ResourceId=_resource(cluster, name),
                ScalableDimension=DIMENSION,
                MinCapacity=bounds.min_count,
                MaxCapacity=bounds.max_count,
            )


def _resource(cluster: str, name: str) -> str:
    return f"service/{cluster}/{name}"
