"""Why an operation failed: what its steps find out about it, kept in the journal, and shown by errors and reports."""
