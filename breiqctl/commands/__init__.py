"""One noun a file; imported only when its command is asked for."""
