"""SSM: parameters come in pages as small as asked; moto's have ten, whatever is asked. Operations are in `records`."""

from typing import Any


def patch() -> None:
    """Leave the pages of DescribeParameters to `paging`."""
    from moto.core.responses import ActionResult
    from moto.ssm.responses import SimpleSystemManagerResponse

    def describe_parameters(self: Any) -> Any:
        found = self.ssm_backend.describe_parameters(self._get_param("Filters"), self._get_param("ParameterFilters"))
        return ActionResult({"Parameters": [parameter.describe_response_object(False) for parameter in found]})

    SimpleSystemManagerResponse.describe_parameters = describe_parameters  # type: ignore[method-assign]
