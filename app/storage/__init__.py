"""Where the app stores data: PostgreSQL for everything that must not be lost, Redis as a cache."""
