"""Decisions about polls, by topic: when the next one is due, and what of its answer is believed."""
