"""A network of one's own for one process, whose cable can be pulled: packets are lost, and nobody is told.

Needs Linux, root, and `ip` with network namespaces. Where that is not to be had, `Island.possible` says why.
"""

import os
import shutil
import subprocess
from types import TracebackType
from typing import Self

# For documentation and tests: nobody is there.
HERE, THERE = "198.51.100.1", "198.51.100.2"


class Island:
    """A namespace that reaches this machine at `HERE`, as long as the link is up."""

    def __init__(self) -> None:
        """Nothing is made yet."""
        self.name = f"chaos{os.getpid() % 100_000}"
        self._cable = f"ch{os.getpid() % 100_000}"
        self.impossible = ""

    def __enter__(self) -> Self:
        if shutil.which("ip") is None or os.geteuid() != 0:
            self.impossible = "no partition: it needs root and the program ip"
            return self
        try:
            self._make()
        except subprocess.CalledProcessError as error:
            self._remove()
            self.impossible = f"no partition: {error.stderr.decode(errors='replace').strip() or error}"
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if not self.impossible:
            self._remove()

    def inside(self) -> tuple[str, ...]:
        """What is put in front of a command that shall run there."""
        return () if self.impossible else ("ip", "netns", "exec", self.name)

    def cable(self, *, up: bool) -> None:
        """Pull the cable, or put it back."""
        _ip("link", "set", self._cable, "up" if up else "down")

    def _make(self) -> None:
        far = f"{self._cable}x"
        _ip("netns", "add", self.name)
        _ip("link", "add", self._cable, "type", "veth", "peer", "name", far, "netns", self.name)
        _ip("address", "add", f"{HERE}/30", "dev", self._cable)
        _ip("link", "set", self._cable, "up")
        for words in (("address", "add", f"{THERE}/30", "dev", far), ("link", "set", far, "up")):
            _ip("-n", self.name, *words)
        _ip("-n", self.name, "link", "set", "lo", "up")

    def _remove(self) -> None:
        for words in (("link", "delete", self._cable), ("netns", "delete", self.name)):
            subprocess.run(["ip", *words], capture_output=True, check=False)


def _ip(*words: str) -> None:
    subprocess.run(["ip", *words], capture_output=True, check=True)
