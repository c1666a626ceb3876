"""The steps of a failover: what is checked, what is scaled, and what moves the writer lease and the database."""
