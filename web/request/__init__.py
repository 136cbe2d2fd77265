"""A request as handlers get it, and the server's shared state."""
