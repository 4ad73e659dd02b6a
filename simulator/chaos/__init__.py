"""Chaos: real processes that are killed, stopped and cut off under load; afterwards the books must be right."""
