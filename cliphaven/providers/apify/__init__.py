"""Apify: runs of the scraping actors for TikTok and Instagram. Every run costs money, heard of or not."""

from cliphaven.providers.apify.account import (
    MAX_CLIPS,
    Apify,
    abort_run,
    fetch_clips,
    fetch_profile,
    find_run,
    read_run,
    run,
    runs_since,
    usage_of_month,
)
from cliphaven.providers.apify.bill import MonthlyUsage
from cliphaven.providers.apify.runs import MAX_CHARGE_USD, RUN_SECONDS, WAIT_SECONDS, Run, RunNotRead

__all__ = [
    "MAX_CHARGE_USD",
    "MAX_CLIPS",
    "RUN_SECONDS",
    "WAIT_SECONDS",
    "Apify",
    "MonthlyUsage",
    "Run",
    "RunNotRead",
    "abort_run",
    "fetch_clips",
    "fetch_profile",
    "find_run",
    "read_run",
    "run",
    "runs_since",
    "usage_of_month",
]
