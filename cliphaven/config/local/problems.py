"""What can keep ClipHaven from starting on this machine, said in one sentence."""

import errno
import shutil
from pathlib import Path


class CannotStart(Exception):
    """Something outside the code keeps a command from doing its work; `str()` is one sentence fit for the terminal."""

    exit_code = 1


def sentence_for(error: OSError, folder: Path) -> str:
    """One sentence for a failed write into `folder`: a full disk, a read-only folder, or the system's own words."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return disk_full(folder)
    if error.errno in (errno.EROFS, errno.EACCES, errno.EPERM):
        return f"Cannot write to {error.filename or folder}: make the folder writable for this user and try again."
    return f"Cannot work in {folder}: {error.strerror or error}."


def is_full(folder: Path) -> bool:
    """Whether the disk is so full that a program may have failed without being able to write down why."""
    return shutil.disk_usage(folder).free < 1024 * 1024


def disk_full(folder: Path) -> str:
    """The sentence for a full disk."""
    return f"The disk that holds {folder} is full: free at least 500 MB there and try again."
