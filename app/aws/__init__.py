"""The app's own small asynchronous AWS client: the few calls it makes, each with a deadline."""
