"""Attributes that are read once and kept."""

from collections.abc import Callable
from typing import Any, Generic, TypeVar, overload

T = TypeVar("T")


class kept(Generic[T]):  # noqa: N801  # a decorator, like property
    """A property that is worked out when it is first asked for, and kept by its object from then on.

    Nobody waits for anybody: functools.cached_property of Python 3.11 holds one lock for all objects of a class while
    it works one out, so that whoever is slow, in a query say, would keep everybody else waiting.
    """

    def __init__(self, work_out: Callable[[Any], T]) -> None:
        """Decorates the method that works it out."""
        self._work_out = work_out
        self.__doc__ = work_out.__doc__

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    @overload
    def __get__(self, instance: None, owner: type) -> "kept[T]": ...

    @overload
    def __get__(self, instance: object, owner: type) -> T: ...

    def __get__(self, instance: object | None, owner: type) -> "kept[T] | T":
        if instance is None:
            return self
        found = self._work_out(instance)
        # Found there from now on, before anybody comes here; also of frozen objects.
        instance.__dict__[self._name] = found
        return found
