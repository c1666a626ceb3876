"""One file a step; names sort in order."""
