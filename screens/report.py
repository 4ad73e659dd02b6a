"""What a walk and its looks come to: one row a screen, and everything that is not as it should be."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path

from screens.looking import Look
from screens.walking import Walk
from simulator import pages

WEIGHT_KB_MAX, WEIGHT_WITH_CHARTS_KB_MAX = 150, 250
WITH_CHARTS = frozenset({"clip", "staff_risk_case", "staff_clip_tracking", "design", "campaign", "creator_home"})
PAINTED_MS_MAX, SHIFT_MAX = 1_500, 0.05
HEAD = ("screen", "scripts and styles, kB", "largest paint, ms", "shift", "complaints")


def keep(page: Path, looks: Sequence[Look]) -> None:
    """Put the table into a page, between its markers. Raises ValueError when it has none."""
    pages.keep(page, "screens", table(looks))


def table(looks: Sequence[Look]) -> str:
    """The worst of each screen's looks: kilobytes over the wire, milliseconds with a slowed processor."""
    by_screen: dict[str, list[Look]] = defaultdict(list)
    for look in looks:
        by_screen[f"{look.screen.face}: {look.screen.route}"].append(look)
    rows = [(name, *_cells(of_one)) for name, of_one in by_screen.items()]
    return pages.table(HEAD, rows, numbers=True)


def wrongs(walks: Iterable[Walk], looks: Iterable[Look]) -> list[str]:
    """A line for each thing that is not as it should be."""
    lines = [f"leads nowhere: {link}" for walk in walks for link in walk.dead_links]
    for look in looks:
        where = f"{look.screen.face} {look.screen.path} ({look.width}, {look.theme})"
        lines += [f"{where}: {words}" for words in (*look.complaints, *_beyond(look))]
    return lines


def _beyond(look: Look) -> list[str]:
    most = WEIGHT_WITH_CHARTS_KB_MAX if look.screen.route in WITH_CHARTS else WEIGHT_KB_MAX
    found = []
    if look.weight_bytes > most * 1_000:
        found.append(f"scripts and styles of {look.weight_bytes / 1_000:.0f} kB, {most} are allowed")
    if look.painted_ms > PAINTED_MS_MAX:
        found.append(f"painted after {look.painted_ms:.0f} ms, {PAINTED_MS_MAX} are allowed")
    if look.shift > SHIFT_MAX:
        found.append(f"shifted by {look.shift:.3f}, {SHIFT_MAX} are allowed")
    return found


def _cells(looks: Sequence[Look]) -> tuple[str, ...]:
    return (
        f"{max(look.weight_bytes for look in looks) / 1_000:.0f}",
        f"{max(look.painted_ms for look in looks):,.0f}",
        f"{max(look.shift for look in looks):.3f}",
        f"{sum(len(look.complaints) for look in looks)}",
    )
