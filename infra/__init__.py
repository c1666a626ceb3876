"""The Pulumi program: one for all four stacks of an environment (docs/design.md#four-stacks).

It also holds the CloudFormation templates of the bootstrap.
"""
