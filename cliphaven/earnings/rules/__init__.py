"""Decisions about earnings, pure: what views are worth, what clears, how long it is held, what a debt takes."""
