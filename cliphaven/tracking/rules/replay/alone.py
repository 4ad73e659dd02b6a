"""A policy by itself: every clip is polled exactly when it is due, whatever the others do."""

from cliphaven.tracking.rules.replay.clip import Conditions, ReplayedClip
from cliphaven.tracking.rules.replay.curves import Curve, hour_of, moment_of


def polled_alone(curve: Curve, conditions: Conditions) -> ReplayedClip:
    """The clip after its recording: asked at the first tick from each due moment on."""
    clip, every = ReplayedClip(curve, conditions), conditions.every
    tick = int(curve.start / every)
    while True:
        tick = max(tick + 1, -int(-hour_of(clip.due_at) // every))
        if tick * every >= curve.end:
            clip.wait_until(curve.end)
            return clip
        clip.ask(tick * every, moment_of(tick * every))
