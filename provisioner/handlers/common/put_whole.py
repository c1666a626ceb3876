"""Handlers of what AWS has one call for, that creates it and changes it: it is always put whole."""
# ruff: noqa: ARG002 - methods take what a handler is given, whether they need it or not

from typing import Any

from provisioner.aws import Aws
from provisioner.handlers.common.base import Properties
from provisioner.handlers.common.generic import Generic


class PutWhole(Generic):
    """A resource whose updating call gets what the creating call got."""

    def update_arguments(self, aws: Aws, resource_id: str, new: Properties, changed: frozenset[str]) -> dict[str, Any]:
        """See Generic; it is put whole."""
        return self.create_arguments(aws, new)
