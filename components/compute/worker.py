"""A worker's two colours: tasks without a port, whose active colour stands in the operations table."""

from dataclasses import dataclass

import pulumi

from components.compute.ecs_service import Fleet, colour_services
from components.compute.scaling import Scaling, ScalingArgs
from estate.topology import COLOURS


@dataclass(frozen=True)
class WorkerArgs:
    """`fleet` says where both colours run."""

    fleet: Fleet


class Worker(pulumi.ComponentResource):
    """Blue and green, both with no task. No load balancer leads to them: they take jobs only as the active colour of
    the region that holds the writer lease, which releases and failovers decide (docs/design.md#blue-and-green).

    Specification: 3.1, 9.1
    """

    def __init__(self, name: str, args: WorkerArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("breiq:estate:Worker", name, None, opts)
        services = colour_services(self, args.fleet)
        for colour in COLOURS:
            Scaling(
                f"{args.fleet.service}-{colour}",
                ScalingArgs(args.fleet, colour, services[colour]),
                pulumi.ResourceOptions(parent=self),
            )
        self.register_outputs({})
