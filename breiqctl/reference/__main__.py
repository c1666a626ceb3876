"""`python -m breiqctl.reference` (`make docs`): writes docs/cli.md."""

from breiqctl.reference.page import PAGE, reference

PAGE.write_text(reference())
