"""Digital signatures of received papers."""
