"""A mark that looks over the shoulder of nobody is never met: what is watched must be there."""

from importlib import import_module

import pytest

from simulator import marks


@pytest.mark.parametrize("watched", marks.WATCHED, ids=lambda watched: watched.mark)
def test_a_watched_function_is_there(watched: marks.Watched) -> None:
    assert callable(getattr(import_module(watched.place), watched.name))


@pytest.mark.parametrize("met", marks.MET, ids=lambda met: met.mark)
def test_two_that_meet_are_there(met: marks.Met) -> None:
    assert all(callable(getattr(import_module(place), name)) for place, name in (met.one, met.other))
