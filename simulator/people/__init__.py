"""Sponsors, creators and staff as actors: one act at a time, through the operations that the pages call."""
