"""The bootstrap's CloudFormation stacks, as `infra.bootstrap.template` declares them."""

from infra.bootstrap.template import BootstrapStack, build

__all__ = ["BootstrapStack", "build"]
