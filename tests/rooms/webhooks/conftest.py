"""Payouts for letters to speak of."""

from tests.rooms.payouts.conftest import payday

__all__ = ["payday"]
