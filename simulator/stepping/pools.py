"""What an actor would hand to a pool of threads it does itself, at once: only actors stop, one going on at a time."""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

from simulator.stepping.stage import acting


@contextmanager
def done_in_turn() -> Iterator[None]:
    """Pools of actors start no threads, as long as this lasts; those of everybody else do."""
    before = ThreadPoolExecutor.submit
    ThreadPoolExecutor.submit = _submitting(before)  # type: ignore[method-assign]
    try:
        yield
    finally:
        ThreadPoolExecutor.submit = before  # type: ignore[method-assign]


def _submitting(real: Callable[..., Future[Any]]) -> Callable[..., Future[Any]]:
    def submit(pool: ThreadPoolExecutor, work: Callable[..., Any], /, *given: Any, **named: Any) -> Future[Any]:
        if acting() is None:
            return real(pool, work, *given, **named)
        done: Future[Any] = Future()
        try:
            done.set_result(work(*given, **named))
        except Exception as error:  # a kill is none: it ends the actor, and not its work alone
            done.set_exception(error)
        return done

    return submit
