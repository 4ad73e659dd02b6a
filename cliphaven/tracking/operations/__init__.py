"""Writing: what is tracked, what polls say, and how long raw answers are kept."""
