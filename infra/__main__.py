"""Where Pulumi's CLI begins: the stack's name says what to build."""

import os

import pulumi

from infra.by_hand import refuse_by_hand
from infra.program import run

refuse_by_hand(os.environ, pulumi.get_stack(), preview=pulumi.runtime.is_dry_run())
run()
