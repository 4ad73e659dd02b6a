"""`cliphaven fraud learn`: peer tables from the installation's own history."""

import typer

from cliphaven.config.commands import house


def learn() -> None:
    """Make peer tables from the installation's own clips that nobody doubts, and keep them for a policy to name.

    Needs the house's database. Exits 1 and keeps nothing if there are too few clips.
    """
    house.enter()
    from cliphaven.foundation import clock  # noqa: PLC0415  # models exist only inside the house
    from cliphaven.fraud.operations import learning  # noqa: PLC0415
    from cliphaven.fraud.queries import calibrations  # noqa: PLC0415

    try:
        number = learning.learn_from_history(staff_id=None, now=clock.now())
    except learning.TooFewPeers as refused:
        typer.echo(refused.sentence, err=True)
        raise typer.Exit(1) from refused
    made = calibrations.calibration(number)
    typer.echo(
        f"Peer tables {number}: calibration {made.id} of {made.clips:,} clips, by which views are held from a score of"
        f" {made.hold_from:g} on. Nothing is judged by them before a policy names them."
    )
