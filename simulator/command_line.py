"""What the simulator's own command lines refuse before they start anything: hours later it would be too late."""

import argparse
from collections.abc import Callable
from pathlib import Path

from simulator import pages


def whole(*, least: int) -> Callable[[str], int]:
    """Reads a whole number that is not below `least`."""

    def read(text: str) -> int:
        try:
            number = int(text)
        except ValueError as error:
            raise argparse.ArgumentTypeError(f"{text} is not a whole number") from error
        if number < least:
            raise argparse.ArgumentTypeError(f"{text} is below {least}")
        return number

    return read


def above_zero(text: str) -> float:
    """Reads a number that is more than nothing."""
    try:
        number = float(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text} is not a number") from error
    if not 0 < number < float("inf"):
        raise argparse.ArgumentTypeError(f"{text} is not above zero")
    return number


def page_for(name: str) -> Callable[[str], Path]:
    """Reads the path of a page in which there is a place for `name` (see `pages.keep`)."""

    def read(text: str) -> Path:
        page = Path(text)
        if not (page.is_file() and pages.has_place(page, name)):
            raise argparse.ArgumentTypeError(f"{page} is no page with a place for {name}")
        return page

    return read


def file_to_write(text: str) -> Path:
    """Reads the path of a file in a folder that is there."""
    file = Path(text)
    if file.is_dir() or not file.absolute().parent.is_dir():
        raise argparse.ArgumentTypeError(f"{file} cannot be written: it is a folder, or in none")
    return file
