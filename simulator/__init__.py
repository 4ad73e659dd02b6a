"""Drives the real house against the pretend world: actors who live in the marketplace, and the weeks before the first page opens."""
