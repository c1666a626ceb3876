"""Which images a repository keeps."""

from typing import ClassVar

from provisioner.handlers.common.base import register
from provisioner.handlers.common.put_whole import PutWhole


@register
class LifecyclePolicy(PutWhole):
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
