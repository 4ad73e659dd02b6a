"""Work on as many cores as the machine has, with answers in the order of the questions."""

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from typing import TypeVar

_Question = TypeVar("_Question")
_Answer = TypeVar("_Answer")
_AT_ONCE = 8


def answered(
    ask: Callable[[_Question], _Answer], questions: Sequence[_Question], *, tell: Callable[[float], None]
) -> Iterator[_Answer]:
    """The answer to each question; `ask` must be a function of a module. `tell` hears which share is done."""
    cores = min(os.cpu_count() or 1, len(questions) // _AT_ONCE)
    if cores < 2:
        for number, question in enumerate(questions):
            yield ask(question)
            tell((number + 1) / len(questions))
        return
    with ProcessPoolExecutor(cores) as pool:
        for number, answer in enumerate(pool.map(ask, questions, chunksize=_AT_ONCE)):
            yield answer
            tell((number + 1) / len(questions))
