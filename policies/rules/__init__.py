"""The rules, one family a file. Importing this package registers them all in `policies.rule.RULES`."""

from policies.rules import cost, encryption, exposure, iam, protection, recovery, regions, retention, tags, tls

FAMILIES = (encryption, exposure, tls, retention, protection, iam, tags, cost, regions, recovery)
