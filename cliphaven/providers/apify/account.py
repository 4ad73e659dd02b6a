"""One Apify account: clips by the batch, profiles one by one, and what all of it really cost."""

import uuid
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from functools import lru_cache

from django.conf import settings

from cliphaven.foundation.errors import Outcome, ProviderFailed
from cliphaven.providers.apify.actors import CLIP_ACTORS, PROFILE_ACTORS, PROFILES, Actor
from cliphaven.providers.apify.bill import MonthlyUsage, read_usage
from cliphaven.providers.apify.runs import Dataset, Run, RunNotRead, Runs
from cliphaven.providers.readings import FetchedBatch, FetchedProfile, Platform, RequestedClip
from cliphaven.providers.scrapes import cut_short, match_items
from cliphaven.providers.vendor_calls import VendorCalls

MAX_CLIPS = 25
"""Clips in one run: what keeps a run short enough for its time limit and its start fee small per clip."""


class Apify:
    """One Apify account."""

    def __init__(self, *, token: str, base: str) -> None:
        """`base` is the address that `/v2` is appended to."""
        self._calls = VendorCalls("Apify", f"{base.rstrip('/')}/v2/", {"Authorization": f"Bearer {token}"})
        self._runs = Runs(self._calls)

    def fetch_clips(
        self, platform: Platform, requested: Sequence[RequestedClip], tag: str, *, maybe_started: bool = False
    ) -> FetchedBatch:
        """Scrape up to 25 clips of one platform in one run; blocks for minutes.

        `tag` is the caller's own id of this batch. After a failure whose outcome is `unknown` a run may be under way or
        over: call again with the same tag and `maybe_started=True`, and that run is adopted instead of paid for twice.
        After RunNotRead it surely is: `read_run` reads it.
        """
        if not 1 <= len(requested) <= MAX_CLIPS:
            raise ValueError(f"A run takes 1 to {MAX_CLIPS} clips, not {len(requested)}")
        actor = CLIP_ACTORS[platform]
        run_input = actor.run_input([clip.url for clip in requested])
        run, dataset = self._scrape(actor, run_input, len(requested), tag, maybe_started=maybe_started)
        return _batch(actor, requested, run, dataset)

    def find_run(self, platform: Platform, tag: str, *, since: datetime, until: datetime) -> Run | None:
        """The run for clips of this platform that was started with this tag in that time; None: there is none."""
        return self._runs.found(CLIP_ACTORS[platform].in_path, tag, since=since, until=until)

    def read_run(self, platform: Platform, requested: Sequence[RequestedClip], run_id: str) -> tuple[Run, FetchedBatch]:
        """What a run that was started before says about the clips it was asked for; waits for nothing.

        Raises RunNotRead while it is under way (code `run-not-ended`), or when its items cannot be had; and another
        ProviderFailed when nothing can be learned about the run.
        """
        run = self._runs.read(run_id)
        if not run.is_over:
            late = ProviderFailed("Apify's run is still under way.", outcome=Outcome.UNKNOWN, code="run-not-ended")
            raise RunNotRead(late, run)
        try:
            return run, _batch(CLIP_ACTORS[platform], requested, run, self._runs.dataset(run))
        except ProviderFailed as failure:
            raise RunNotRead(failure, run) from failure

    def fetch_profile(self, platform: Platform, handle: str, tag: str) -> FetchedProfile:
        """Read a profile by its handle; blocks for minutes. Raises ProviderFailed when the vendor fails altogether."""
        actor, name = PROFILE_ACTORS[platform], handle.removeprefix("@")
        run, dataset = self._scrape(actor, actor.run_input([name]), 1, tag, maybe_started=False)
        return FetchedProfile(
            reading=PROFILES[platform](name, dataset.items),
            cost_microusd=run.cost_microusd,
            run_id=run.id,
            raw_items=tuple(dataset.items),
            source=actor.source(run.build),
        )

    def run(self, run_id: str) -> Run:
        """One run with everything that is told of it."""
        return self._runs.read(run_id)

    def abort_run(self, run_id: str) -> Run:
        """End a run that takes too long, so that it costs no more."""
        return self._runs.abort(run_id)

    def runs_since(self, moment: datetime) -> list[Run]:
        """Every run of the account from that moment on, the newest first, with what each is billed by now."""
        return list(self._runs.since(moment))

    def usage_of_month(self, day: date) -> MonthlyUsage:
        """The bill of the monthly cycle that this day is in."""
        return read_usage(self._calls.read("users/me/usage/monthly", {"date": day.isoformat()}).field("data"))

    def _scrape(
        self, actor: Actor, run_input: Mapping[str, object], size: int, tag: str, *, maybe_started: bool
    ) -> tuple[Run, Dataset]:
        run = self._runs.found(actor.in_path, tag) if maybe_started else None
        run = run or self._runs.started(actor.in_path, run_input, size=size, tag=tag)
        try:
            run = self._runs.ended(run)
            return run, self._runs.dataset(run)
        except ProviderFailed as failure:
            # The run was started and is paid for: whatever failed since, it must be read later, not started again.
            raise RunNotRead(failure, run) from failure


def _batch(actor: Actor, requested: Sequence[RequestedClip], run: Run, dataset: Dataset) -> FetchedBatch:
    result = match_items(requested, dataset.items, source=actor.source(run.build))
    return FetchedBatch(
        result=result if run.is_whole else cut_short(result),
        cost_microusd=run.cost_microusd,
        run_id=run.id,
        raw_items=tuple(dataset.items),
        raw_json=dataset.content,
    )


def fetch_clips(
    platform: Platform, requested: Sequence[RequestedClip], tag: str, *, maybe_started: bool = False
) -> FetchedBatch:
    """`Apify.fetch_clips` with this installation's account."""
    return _account().fetch_clips(platform, requested, _own(tag), maybe_started=maybe_started)


def find_run(platform: Platform, tag: str, *, since: datetime, until: datetime) -> Run | None:
    """`Apify.find_run` with this installation's account."""
    return _account().find_run(platform, _own(tag), since=since, until=until)


def read_run(platform: Platform, requested: Sequence[RequestedClip], run_id: str) -> tuple[Run, FetchedBatch]:
    """`Apify.read_run` with this installation's account."""
    return _account().read_run(platform, requested, run_id)


def fetch_profile(platform: Platform, handle: str) -> FetchedProfile:
    """`Apify.fetch_profile` with this installation's account."""
    return _account().fetch_profile(platform, handle, _own(f"profile-{platform}-{uuid.uuid4().hex}"))


def run(run_id: str) -> Run:
    """`Apify.run` with this installation's account."""
    return _account().run(run_id)


def abort_run(run_id: str) -> Run:
    """`Apify.abort_run` with this installation's account."""
    return _account().abort_run(run_id)


def runs_since(moment: datetime) -> list[Run]:
    """`Apify.runs_since` with this installation's account."""
    return _account().runs_since(moment)


def usage_of_month(day: date) -> MonthlyUsage:
    """`Apify.usage_of_month` with this installation's account."""
    return _account().usage_of_month(day)


def _own(tag: str) -> str:
    """The tag as no other installation with the same account has it."""
    return f"{settings.KEY_PREFIX}:{tag}"


def _account() -> Apify:
    return _made(settings.APIFY_TOKEN, settings.APIFY_API_BASE)


@lru_cache(maxsize=4)
def _made(token: str, base: str) -> Apify:
    return Apify(token=token, base=base)
