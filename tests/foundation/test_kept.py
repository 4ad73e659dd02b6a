"""What is worked out once is kept by its object, and nobody waits for anybody else's."""

import threading
from dataclasses import dataclass, field

from cliphaven.foundation.kept import kept

SECONDS_MAX = 5.0


@dataclass(frozen=True)
class Slow:
    may_end: threading.Event
    begun: threading.Event = field(default_factory=threading.Event)
    times: list[int] = field(default_factory=list)

    @kept
    def answer(self) -> int:
        """Six times seven."""
        self.times.append(1)
        self.begun.set()
        assert self.may_end.wait(SECONDS_MAX)
        return 6 * 7


def test_it_is_worked_out_once():
    slow = Slow(threading.Event())
    slow.may_end.set()

    assert [slow.answer, slow.answer] == [42, 42]
    assert len(slow.times) == 1


def test_one_object_does_not_wait_for_another():
    waits, quick = Slow(threading.Event()), Slow(threading.Event())
    quick.may_end.set()
    other = threading.Thread(target=lambda: waits.answer, daemon=True)
    other.start()
    assert waits.begun.wait(SECONDS_MAX)

    mine = threading.Thread(target=lambda: quick.answer, daemon=True)
    mine.start()
    mine.join(SECONDS_MAX / 2)

    assert not mine.is_alive()
    waits.may_end.set()
    other.join(SECONDS_MAX)


def test_the_class_has_the_words():
    assert Slow.answer.__doc__ == "Six times seven."
