"""What `status` and `doctor` read, and the verdict on it."""
