"""Doors for jobs: judging clips, comparing them, asking for analytics, ending what nobody decided, forgetting."""

from cliphaven.foundation import clock, jobs
from cliphaven.fraud.operations import analytics, appeals, assessing, cases, comparing, traits


@jobs.task(queue=jobs.Queue.SCRAPING, name="fraud.assess")
def assess(**_: object) -> None:
    """Judge what was read lately."""
    assessing.assess_lately_read(now=clock.now())


@jobs.task(queue=jobs.Queue.SCRAPING, name="fraud.assess_all")
def assess_all(**_: object) -> None:
    """Judge what was read before and is not judged yet, because nothing ran meanwhile."""
    assessing.assess_all(now=clock.now())


@jobs.task(queue=jobs.Queue.SCRAPING, name="fraud.compare")
def compare(**_: object) -> None:
    """Find clips that move in step."""
    comparing.compare_all(now=clock.now())


@jobs.task(queue=jobs.Queue.SCRAPING, name="fraud.end_cases")
def end_cases(**_: object) -> None:
    """End cases and appeals whose time has come: appeals first, as they keep cases from ending."""
    appeals.grant_overdue(now=clock.now())
    cases.end_due(now=clock.now())


@jobs.task(queue=jobs.Queue.SCRAPING, name="fraud.ask_for_analytics")
def ask_for_analytics(**_: object) -> None:
    """Ask creators of clips that earn much for what only they see."""
    analytics.ask_for_dear_clips(now=clock.now())


@jobs.task(queue=jobs.Queue.SCRAPING, name="fraud.forget_traits")
def forget_traits(**_: object) -> None:
    """Forget devices and addresses with which nobody came for long."""
    traits.forget_old(now=clock.now())
