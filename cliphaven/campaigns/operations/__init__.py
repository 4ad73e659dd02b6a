"""Writing: the sponsor's wallet, and the lives of campaigns."""
