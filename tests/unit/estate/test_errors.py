"""The error that people and scripts see."""

import pickle

from estate.errors import BreiqError


def test_an_error_is_whole_after_it_crossed_processes() -> None:
    error = BreiqError("gone", "refused", "it is gone", cause="a", remedy="b", retryable=True)
    again = pickle.loads(pickle.dumps(error))
    assert again.document() == error.document()
    assert str(again) == "it is gone"
    assert again.exit_code == 3
