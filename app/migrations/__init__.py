"""The schema's history (Alembic): SQL text, one statement at a time, each step its own transaction."""
