"""`pulumi up` by hand: refused before anything is declared; what touches nothing is not."""

import pytest

from estate.topology import APPLY_VARIABLE
from infra.by_hand import ByHandError, refuse_by_hand


def test_an_apply_by_hand_is_refused_with_the_line_to_run() -> None:
    with pytest.raises(ByHandError, match=r"estate up --engine pulumi --stack pre-prod-edge"):
        refuse_by_hand({}, "pre-prod-edge", preview=False)


@pytest.mark.parametrize(("environ", "preview"), [({}, True), ({APPLY_VARIABLE: "1"}, False)])
def test_previews_and_what_breiqctl_begins_are_not(environ: dict[str, str], preview: bool) -> None:
    refuse_by_hand(environ, "staging-edge", preview=preview)
