"""What the launcher must know of this system's processes: who they are, when they began, how to end them with us."""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

PR_SET_PDEATHSIG = 1
RUN_MARK = "CLIPHAVEN_RUN_MARK"
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
    return _ps("-o", "command=", "-p", str(pid))


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
    return _ps("-o", "lstart=", "-p", str(pid))


def marked(mark: str) -> list[int]:
    """The processes that were started with RUN_MARK=`mark` in their environment: ours beyond doubt, also grandchildren.

    A recorded pid would not do: when a server is killed its workers live on under pids that we never saw.
    """
    wanted = f"{RUN_MARK}={mark}"
    if sys.platform != "linux":
        lines = _ps("-A", "-E", "-ww", "-o", "pid=,command=").splitlines()
        return [int(line.split()[0]) for line in lines if wanted in line.split()]
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            environment = (folder / "environ").read_bytes()
        except OSError:  # gone, or another user's
            continue
        if wanted.encode() in environment.split(b"\0"):
            found.append(int(folder.name))
    return found


def end_marked(mark: str, patience: float) -> int:
    """Ask the marked processes to end, and after `patience` seconds make them; how many there were."""
    found = marked(mark)
    for how, seconds in ((signal.SIGTERM, patience), (signal.SIGKILL, 5.0)):
        remaining = marked(mark)
        for pid in remaining:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, how)
        deadline = time.monotonic() + seconds
        while remaining and time.monotonic() < deadline:
            time.sleep(0.05)
            remaining = marked(mark)
        if not remaining:
            break
    return len(found)


def _ps(*options: str) -> str:
    return subprocess.run(["ps", *options], capture_output=True, text=True, check=False).stdout.strip()
