"""What to do where a failover is refused: commands, and what they need."""

from typing import TYPE_CHECKING, Final

from releases.secrets import RENEW

if TYPE_CHECKING:
    from dr.facts import FailoverFacts

AGAIN: Final = "run the same failover again: it reads everything anew"

SUFFIX: Final = 7
"""A secret's ARN ends in a hyphen and six characters that AWS chooses."""


def made_again(facts: "FailoverFacts", name: str) -> str:
    """Return what to do about a secret that does not exist in the recovery region."""
    if facts.environment == "local":
        make = f"while {facts.from_region} serves: breiqctl local up makes its replica again"
    else:
        plain = plain_name(name)
        make = (
            f"while {facts.from_region} serves: aws secretsmanager replicate-secret-to-regions --region "
            f"{facts.from_region} --secret-id {plain} --add-replica-regions Region={facts.to_region}"
        )
    if not name.startswith("arn:"):
        return make
    return f"{make}; if it was made anew: {RENEW}"


def plain_name(secret: str) -> str:
    """Return a secret's name, from its ARN or as it is."""
    return secret.rpartition(":secret:")[2][:-SUFFIX] if secret.startswith("arn:") else secret


def apply_again(facts: "FailoverFacts") -> str:
    """Return the command that makes again what is missing in the recovery region."""
    of = "" if facts.environment == "local" else f" -e {facts.environment}"
    return f"breiqctl{of} estate up --stack {facts.environment}-{facts.to_region}"


def reboot(facts: "FailoverFacts") -> str:
    """Return the command that starts the recovery region's database anew."""
    return f"aws rds reboot-db-instance --db-instance-identifier {facts.database_instance} --region {facts.to_region}"


def restart(facts: "FailoverFacts") -> str:
    """Return the command that replaces all tasks of the recovery region."""
    names = " ".join(service.ecs_service for service in facts.services)
    update = f"aws ecs update-service --region {facts.to_region} --cluster {facts.cluster} --force-new-deployment"
    return f"for name in {names}; do {update} --service $name; done"
