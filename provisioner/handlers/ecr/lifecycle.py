"""Which images a repository keeps."""
# ruff: noqa: ARG002 - methods take what a handler is given, whether they need it or not

from typing import Any, ClassVar

from provisioner.aws import Aws
from provisioner.handlers.common.base import Properties, register
from provisioner.handlers.common.generic import Generic


@register
class LifecyclePolicy(Generic):
    """A repository's lifecycle policy. Its id is the repository's name."""

    type = "aws:ecr/lifecyclePolicy:LifecyclePolicy"
    service = "ecr"
    create_call = "put_lifecycle_policy"
    read_call = "get_lifecycle_policy"
    update_call = "put_lifecycle_policy"
    delete_call = "delete_lifecycle_policy"
    id_inputs = ("repository",)
    adopts = False
    missing = ("LifecyclePolicyNotFoundException", "RepositoryNotFoundException")
    replace_on = frozenset({"repository"})
    names: ClassVar = {"repository": "repositoryName", "policy": "lifecyclePolicyText"}

    def update_arguments(self, aws: Aws, resource_id: str, new: Properties, changed: frozenset[str]) -> dict[str, Any]:
        """See Generic; it is put whole."""
        return self.create_arguments(aws, new)
