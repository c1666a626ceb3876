"""What keeps data: databases, caches, buckets and their replication, queues, search, backups."""
