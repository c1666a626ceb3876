"""How each real program (PostgreSQL, Redis, HAProxy, …) is configured and started: pure text and argument lists."""
