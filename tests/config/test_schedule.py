"""What happens by itself: every line once for each of its moments, and the latest one after a standstill."""

from datetime import timedelta

import pytest
from croniter import croniter
from django.db import connection
from procrastinate.contrib.django import app

from cliphaven.config import schedule
from cliphaven.config.schedule import CATCH_UP, LINES, Line
from tests.concurrency.test_one_budget import at_once
from tests.people import MONDAY

HOURLY = Line(cron="0 * * * *", task="payouts.plan_weekly_batch", why="")
HALF_PAST = MONDAY + timedelta(minutes=30)


@pytest.fixture(autouse=True)
def all_is_there(settings):
    """An installation that has a storage and product analytics: each line is run."""
    settings.STORAGE = {**settings.STORAGE, "bucket": "files"}
    settings.POSTHOG = {**settings.POSTHOG, "key": "phc_test"}


def waiting() -> dict[str, int]:
    with connection.cursor() as cursor:
        cursor.execute("select task_name, count(*) from procrastinate_jobs where status = 'todo' group by 1")
        return dict(cursor.fetchall())


def at(moment, settings, tmp_path) -> None:
    """Let the product's clock stand at a moment."""
    clock = tmp_path / "clock.json"
    clock.write_text(f'{{"virtual": "{moment.isoformat()}", "wall": 0, "speed": 0}}')
    settings.CLOCK_FILE = str(clock)


def test_every_line_names_one_task_that_takes_no_arguments_and_a_readable_time():
    tasks = [line.task for line in LINES]

    assert len(set(tasks)) == len(tasks)
    assert [task for task in tasks if task not in app.tasks] == []
    assert [line.cron for line in LINES if not croniter.is_valid(line.cron)] == []
    assert [line.task for line in LINES if not line.why] == []


@pytest.mark.parametrize(
    ("now", "last", "due"),
    [
        (MONDAY, None, MONDAY),
        (HALF_PAST, None, MONDAY),
        (HALF_PAST, MONDAY, None),
        (HALF_PAST, MONDAY - timedelta(hours=1), MONDAY),
        (HALF_PAST, MONDAY - timedelta(days=3), MONDAY),
        (MONDAY - timedelta(seconds=1), MONDAY - timedelta(hours=1), None),
        (MONDAY + timedelta(hours=1), MONDAY, MONDAY + timedelta(hours=1)),
    ],
)
def test_a_line_is_due_once_for_its_latest_moment(now, last, due):
    assert schedule.due(HOURLY, now=now, last=last) == due


def test_a_house_that_was_off_looks_back_a_week():
    weekly = Line(cron="0 6 * * MON", task="payouts.plan_weekly_batch", why="")
    later = MONDAY + CATCH_UP

    assert schedule.due(weekly, now=later - timedelta(seconds=1), last=None) == MONDAY
    assert schedule.due(weekly, now=later, last=None) == later


@pytest.mark.django_db
def test_each_moment_defers_each_due_task_once(settings, tmp_path):
    at(MONDAY, settings, tmp_path)
    first, second = schedule.defer_due(), schedule.defer_due()

    assert (sorted(first), second) == (sorted(line.task for line in LINES), [])
    assert waiting() == {line.task: 1 for line in LINES}


@pytest.mark.django_db
def test_what_an_installation_does_not_have_is_not_looked_after(settings, tmp_path):
    at(MONDAY, settings, tmp_path)
    settings.STORAGE = {**settings.STORAGE, "bucket": ""}
    settings.POSTHOG = {**settings.POSTHOG, "key": ""}

    assert {line.task for line in LINES} - set(schedule.defer_due()) == {
        *("files.look_for_arrivals", "files.clear", "files.clear_orphans", "insights.tell", "insights.erase")
    }


@pytest.mark.django_db
def test_a_minute_later_what_still_waits_is_not_queued_again(settings, tmp_path):
    at(MONDAY, settings, tmp_path)
    schedule.defer_due()
    at(MONDAY + timedelta(minutes=1), settings, tmp_path)
    schedule.defer_due()

    assert waiting() == {line.task: 1 for line in LINES}


def test_eight_schedulers_defer_each_task_once(committed, settings, tmp_path):
    at(MONDAY, settings, tmp_path)
    answers = at_once(lambda _: " ".join(schedule.defer_due()), workers=8)

    deferred = [task for said, times in answers.items() for task in said.split() * times]
    assert sorted(deferred) == sorted(line.task for line in LINES)
    assert waiting() == {line.task: 1 for line in LINES}
