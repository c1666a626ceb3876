"""IAM: who has a policy attached is cut into pages after it was found out; moto cuts before. Operations: `records`."""

from typing import Any


def patch() -> None:
    """Leave the pages of ListEntitiesForPolicy to `paging`."""
    from moto.iam.responses import IamResponse

    response: Any = IamResponse
    listed = response.list_entities_for_policy

    def list_entities_for_policy(self: Any) -> Any:
        hidden = {name: self.params.pop(name) for name in ("Marker", "MaxItems") if name in self.params}
        try:
            return listed(self)
        finally:
            self.params.update(hidden)

    response.list_entities_for_policy = list_entities_for_policy
