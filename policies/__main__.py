"""Where Pulumi's engine begins: `pulumi preview --policy-pack policies`."""

from policies.pack import build_pack

build_pack()
