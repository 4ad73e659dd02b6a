"""Whose endpoints are whose, how they fare, and what went to them."""
