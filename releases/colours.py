"""Which colour of a service listener rules lead to. Pure: weights in, a colour out."""

from collections.abc import Mapping

from estate.manifest import ServiceManifest
from estate.topology import Colour

Weights = Mapping[str, int]
"""A rule's weights by target group ARN."""


def led_to(service: ServiceManifest, rules: Mapping[str, Weights]) -> Colour | None:
    """Return the colour that all rules lead to; None when they lead to both, to neither, or not all to the same."""
    led = {
        (rule.get(service.blue.target_group_arn, 0) > 0, rule.get(service.green.target_group_arn, 0) > 0)
        for rule in rules.values()
    }
    if led == {(True, False)}:
        return "blue"
    return "green" if led == {(False, True)} else None


def heavier(service: ServiceManifest, rule: Weights) -> Colour:
    """Return the colour that gets more of a rule's traffic; blue where both get the same."""
    green = rule.get(service.green.target_group_arn, 0) > rule.get(service.blue.target_group_arn, 0)
    return "green" if green else "blue"
