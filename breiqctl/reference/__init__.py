"""The command-line reference, docs/cli.md: generated from the click commands, the documents and the error codes."""
