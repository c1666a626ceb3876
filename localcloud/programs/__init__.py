"""How each real program (PostgreSQL, Redis, HAProxy, …) is configured and started: text and argument lists."""
