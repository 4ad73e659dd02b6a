"""Where a run took place: numbers mean nothing without it."""

import os
import platform
import time
from pathlib import Path


def facts(*, postgres: str, durable: bool) -> dict[str, str]:
    """The machine, its programs and the day, as words for a table."""
    return {
        "day": time.strftime("%Y-%m-%d"),
        "processor": f"{_processor()}, {os.cpu_count()} cores",
        "memory": f"{os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES') / 2**30:.0f} GiB",
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "postgresql": f"{postgres}, its own defaults, commits {'wait' if durable else 'do not wait'} for the disk",
    }


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return models[0] if models else platform.machine()
