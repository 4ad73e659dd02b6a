"""Chance that can be asked again: the same seed and salts always give the same number."""

import math
from functools import lru_cache
from typing import Final

_MASK: Final = (1 << 64) - 1
_FNV_PRIME: Final = 0x100000001B3


def draw(seed: int, *salts: int | str) -> float:
    """A number in [0, 1), the same for the same seed and salts, unrelated for any other."""
    return bits(seed, *salts) / 2**64


def bits(seed: int, *salts: int | str) -> int:
    """64 bits, the same for the same seed and salts (splitmix64 over the salts)."""
    state = seed & _MASK
    for salt in salts:
        state = _mix(state ^ (_number(salt) if isinstance(salt, str) else salt & _MASK))
    return _mix(state)


def bell(seed: int, *salts: int | str) -> float:
    """A draw from the standard normal distribution (Box-Muller)."""
    radius = math.sqrt(-2.0 * math.log(1.0 - draw(seed, *salts, 1)))
    return radius * math.cos(2.0 * math.pi * draw(seed, *salts, 2))


def between(low: float, high: float, seed: int, *salts: int | str) -> float:
    """A draw from [low, high)."""
    return low + (high - low) * draw(seed, *salts)


@lru_cache(maxsize=4_096)
def _number(text: str) -> int:
    state = 0xCBF29CE484222325
    for byte in text.encode():
        state = ((state ^ byte) * _FNV_PRIME) & _MASK
    return state


def _mix(state: int) -> int:
    state = (state + 0x9E3779B97F4A7C15) & _MASK
    state = ((state ^ (state >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    state = ((state ^ (state >> 27)) * 0x94D049BB133111EB) & _MASK
    return state ^ (state >> 31)
