"""Drives the real house against the pretend world: its people, and the weeks before the first page opens."""
