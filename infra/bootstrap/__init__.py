"""The bootstrap: what must exist before Pulumi runs (states, roles, secrets), as a CloudFormation template."""
