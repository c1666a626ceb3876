"""Where Pulumi's CLI begins: the stack's name says what to build."""

from infra.program import run

run()
