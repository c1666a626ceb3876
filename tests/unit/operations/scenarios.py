"""A stage for each kind of operation, by its name. A kind without one fails `test_sagas`."""

from collections.abc import Callable

from tests.unit.breiqctl.estate.stages import destroy_stage, estate_stage
from tests.unit.dr.drill_stage import drill_stage
from tests.unit.dr.stages import failover_stage
from tests.unit.operations.saga_kit import Stage
from tests.unit.releases.stages import deploy_stage, first_stage, repair_stage, rollback_stage

SCENARIOS: dict[str, Callable[[], Stage]] = {
    "deploy": deploy_stage,
    "rollback": rollback_stage,
    "first-release": first_stage,
    "repair": repair_stage,
    "failover": failover_stage,
    "drill": drill_stage,
    "estate-destroy": destroy_stage,
    "estate-up": estate_stage,
}
