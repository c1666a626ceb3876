"""Where the app keeps things: PostgreSQL (the truth) and Redis (a cache)."""
