"""The local cloud as commands use it: its client, environment, state, progress and bring-up."""
