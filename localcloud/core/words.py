"""Lists of words, written as text."""


def words(text: str) -> frozenset[str]:
    """Return the words of a text: how a module lists its operations, or a query's parameters."""
    return frozenset(text.split())
