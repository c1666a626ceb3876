"""The bootstrap's CloudFormation stacks, as `infra.bootstrap` declares them."""

from infra.bootstrap import BootstrapStack, build

__all__ = ["BootstrapStack", "build"]
