"""The same handlers as a provider plugin of the real Pulumi engine: `pulumi-resource-aws`.

`bin/pulumi-resource-aws` is what Pulumi starts when it finds it on PATH; it speaks `pulumirpc.ResourceProvider`.
"""
