"""What the launcher must know of this system's processes: who they are, when they began, how to end them with us."""

import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


def die_with_parent(how: signal.Signals) -> Callable[[], None] | None:
    """For `Popen(preexec_fn=…)`: the kernel sends `how` to the child when the thread that started it is gone.

    None on systems without it; there the next start ends what a killed one left behind.
    """
    if _libc is None:
        return None
    parent = os.getpid()

    def in_child() -> None:
        _libc.prctl(PR_SET_PDEATHSIG, int(how))
        if os.getppid() != parent:  # it died before the line above
            os._exit(1)

    return in_child


def command_line(pid: int) -> str:
    """The process's command line, or nothing when it is gone or a zombie."""
    if sys.platform == "linux":
        try:
            return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            return ""
    return _ps(pid, "command=")


def started_at(pid: int) -> str:
    """The process's start in the system's own words, or nothing when it is gone: with the pid it names one process."""
    if sys.platform == "linux":
        try:
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            return ""
        if fields[0] == "Z":
            return ""
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        return f"{boot}:{fields[19]}"
    return _ps(pid, "lstart=")


def _ps(pid: int, column: str) -> str:
    return subprocess.run(
        ["ps", "-o", column, "-p", str(pid)], capture_output=True, text=True, check=False
    ).stdout.strip()
