"""The steps of the schema's history, one per file; the names sort in the order in which they are applied."""
