"""IAM: a policy in use is not deleted, and its users come in pages. Operations are listed in `records`."""

from typing import Any


def patch() -> None:
    """Refuse to delete a policy that is attached. Leave the pages of ListEntitiesForPolicy to `paging`: moto cuts the
    entities before it looks whether they have the policy.
    """
    from moto.iam.exceptions import DeleteConflictException
    from moto.iam.models import IAMBackend
    from moto.iam.responses import IamResponse

    response: Any = IamResponse
    backend: Any = IAMBackend
    delete = backend.delete_policy
    listed = response.list_entities_for_policy

    def list_entities_for_policy(self: Any) -> Any:
        hidden = {name: self.params.pop(name) for name in ("Marker", "MaxItems") if name in self.params}
        try:
            return listed(self)
        finally:
            self.params.update(hidden)

    def delete_policy(self: Any, policy_arn: str) -> None:
        if self.get_policy(policy_arn).attachment_count:
            raise DeleteConflictException("Cannot delete a policy attached to entities.")
        delete(self, policy_arn)

    backend.delete_policy = delete_policy
    response.list_entities_for_policy = list_entities_for_policy
