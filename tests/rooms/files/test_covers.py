"""A sponsor brings a picture of a campaign: asked for, sent to the storage, looked at, shown."""

import html
import io
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import httpx2
import pytest
from django.conf import settings
from django.db import DatabaseError, connection, transaction
from django.test import Client
from PIL import Image

from cliphaven.campaigns.models import Campaign
from cliphaven.files import rules
from cliphaven.files.models import BroughtFile, FileEvent, FileState
from cliphaven.files.operations import arriving, asking, looking, removing
from cliphaven.foundation import clock
from cliphaven.notifications.models import Message
from cliphaven.providers import storage
from tests.concurrency.test_one_budget import at_once
from tests.people import a_campaign, a_user, adas_organisation
from tests.rooms.files.pictures import bomb, photograph, picture
from tests.security.visitors import VISITORS, client_of, eve
from tests.world import SandboxWorld

RunJobs = Callable[[], None]
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


class Sponsor:
    """Ada in her browser, at the page of her campaign's picture."""

    def __init__(self) -> None:
        self.campaign = a_campaign()
        self.client = client_of("owner")
        self.path = f"/sponsor/campaigns/{self.campaign.id}/cover/"

    def ask(self, *, size: int = 5_000, said_type: str = "image/png", key: str = "the-form-that-was-shown") -> Any:
        order = {"said_type": said_type, "size_bytes": size, "said_name": "shoes.png", "request_key": key}
        return self.client.post(self.path, order, headers={"Accept": "application/json"})

    def leave(self, content: bytes, **order: Any) -> dict[str, Any]:
        answer = self.ask(size=len(content), **order)
        assert answer.status_code == 200, answer.content
        return dict(answer.json())

    def bring(self, content: bytes, **order: Any) -> BroughtFile:
        """Ask, send, and say so."""
        made = self.leave(content, **order)
        assert sent(made, content).status_code == 201
        assert self.client.post(made["arrived"]).status_code == 302
        return BroughtFile.objects.latest("asked_at")

    def shown(self) -> str:
        """The address of the picture on the public list; "" where there is none."""
        page = Client().get("/campaigns/").content.decode()
        return page.partition('<img class="cover cover-offer" src="')[2].partition('"')[0]


def sent(made: dict[str, Any], content: bytes, **changed: str) -> httpx2.Response:
    """What the storage says to this form."""
    with httpx2.Client(trust_env=False) as browser:
        return browser.post(
            made["url"], data={**made["fields"], **changed}, files={"file": ("shoes.png", content, "image/png")}
        )


def stored() -> list[str]:
    return sorted(key for page in storage.keys(prefix="") for key in page)


@pytest.fixture
def ada(committed: str, world: SandboxWorld) -> Sponsor:
    return Sponsor()


def test_a_picture_is_shown_once_it_was_looked_at_and_not_before(ada: Sponsor, run_jobs: RunJobs) -> None:
    file = ada.bring(picture())
    before = ada.shown()
    run_jobs()
    address = ada.shown()
    answer = Client().get(address)

    assert (before, address) == ("", f"/files/covers/{ada.campaign.id}/{file.id}/")
    assert Image.open(io.BytesIO(answer.content)).size == (640, 480)
    file.refresh_from_db()
    assert (file.state, file.width_px, file.height_px) == ("ready", 640, 480)
    assert stored() == [file.kept_key]  # what was sent is gone
    assert [one.deed for one in file.events.order_by("id")] == ["asked", "arrived", "taken"]


def test_it_is_served_so_that_no_browser_takes_it_for_a_page(ada: Sponsor, run_jobs: RunJobs) -> None:
    ada.bring(picture())
    run_jobs()
    answer = Client().get(ada.shown())

    assert {name: answer[name] for name in ("Content-Type", "X-Content-Type-Options", "Content-Disposition")} == {
        "Content-Type": "image/webp",
        "X-Content-Type-Options": "nosniff",
        "Content-Disposition": 'inline; filename="cover.webp"',
    }
    assert answer["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert (answer["X-Frame-Options"], answer["Cross-Origin-Resource-Policy"]) == ("DENY", "same-origin")


def test_nothing_of_what_a_photograph_tells_is_kept_anywhere(ada: Sponsor, run_jobs: RunJobs) -> None:
    file = ada.bring(photograph(), said_type="image/jpeg")
    run_jobs()
    file.refresh_from_db()

    assert b"CANARY" not in storage.read(key=file.kept_key, most_bytes=10_000_000)
    assert (file.width_px, file.height_px) == (400, 800)  # upright


@pytest.mark.parametrize(
    ("content", "because"),
    [
        *[(SVG, "no_picture"), (bomb(), "too_large"), (picture() + SVG, "two_in_one"), (picture()[:300], "broken")],
        *[(picture("JPEG"), "other_kind"), (picture(size=(100, 100)), "too_small")],
    ],
)
def test_what_is_no_good_is_refused_with_a_reason_and_never_shown(
    ada: Sponsor, run_jobs: RunJobs, content: bytes, because: str
) -> None:
    file = ada.bring(content)
    run_jobs()
    file.refresh_from_db()
    message = Message.objects.get(key=f"file:{file.id}")

    assert (file.state, file.refused_because, ada.shown(), stored()) == ("refused", because, "", [])
    assert (message.kind, message.link) == ("files", ada.path)
    assert rules.why(because, rules.Purpose.CAMPAIGN_COVER) in message.text
    page = ada.client.get(ada.path).content.decode()
    assert "Not taken" in page
    assert ada.client.get(f"/files/covers/{ada.campaign.id}/{file.id}/").status_code == 404


def test_the_storage_takes_nothing_else_and_nowhere_else(ada: Sponsor) -> None:
    content = picture()
    made = ada.leave(content)

    assert sent(made, content + b"1").status_code == 400  # longer than was said
    assert sent(made, content, key="kept/organisation-1/theirs").status_code == 403
    assert sent(made, content, **{"Content-Type": "text/html"}).status_code == 403
    assert sent(made, content, acl="public-read").status_code == 403
    assert stored() == []


def test_what_is_sent_after_the_look_is_shown_to_nobody(ada: Sponsor, run_jobs: RunJobs) -> None:
    content = picture()
    made = ada.leave(content)
    sent(made, content)
    ada.client.post(made["arrived"])
    run_jobs()
    shown = Client().get(ada.shown()).content
    sent(made, SVG + bytes(len(content) - len(SVG)))
    ada.client.post(made["arrived"])
    run_jobs()

    assert Client().get(ada.shown()).content == shown
    removing.clear(now=clock.wall() + timedelta(hours=1))
    assert stored() == [BroughtFile.objects.get().kept_key]


def test_what_somebody_put_in_its_place_in_the_bucket_is_not_shown(ada: Sponsor, run_jobs: RunJobs) -> None:
    file = ada.bring(picture())
    run_jobs()
    address = ada.shown()
    storage.keep(key=file.kept_key, content=SVG, content_type="image/svg+xml")

    assert Client().get(address).status_code == 404


def test_a_file_is_looked_at_by_one_job_at_a_time(ada: Sponsor) -> None:
    file = ada.bring(picture())
    now = clock.wall()
    BroughtFile.objects.update(looked_at=now)
    looking.look(file_id=file.id, now=now + timedelta(seconds=90), told_at=now)
    state = BroughtFile.objects.get().state
    looking.look(file_id=file.id, now=now + timedelta(seconds=121), told_at=now)

    assert (state, BroughtFile.objects.get().state) == ("arrived", "ready")


def test_a_key_tells_whose_it_is_and_nothing_else(ada: Sponsor) -> None:
    made = ada.leave(picture())
    owner, name = made["fields"]["key"].split("/")[1:]

    assert (owner, len(name), int(name, 16) > 0) == (f"organisation-{adas_organisation().id}", 32, True)
    assert "shoes" not in str(made["fields"])


@pytest.mark.parametrize(
    ("order", "said"),
    [
        *[({"said_type": "image/svg+xml"}, "We take"), ({"said_type": "text/html"}, "We take"), ({"size": 0}, "empty")],
        *[({"size": 8 * 1024 * 1024 + 1}, "larger than 8 MB"), ({"size": -1}, "We take"), ({"size": "x"}, "We take")],
    ],
)
def test_what_is_not_taken_is_refused_before_it_is_sent(ada: Sponsor, order: dict[str, Any], said: str) -> None:
    answer = ada.ask(**order)

    assert (answer.status_code, said in answer.json()["detail"]) == (422, True)
    assert not BroughtFile.objects.exists()


def test_the_same_form_is_the_same_file_and_another_file_under_it_is_refused(ada: Sponsor) -> None:
    content = picture()
    first, again = ada.leave(content), ada.leave(content)

    assert first["fields"]["key"] == again["fields"]["key"]
    assert ada.ask(size=len(content) + 1).status_code == 422
    assert BroughtFile.objects.count() == 1


def test_people_bring_so_many_at_once_and_so_many_an_hour(ada: Sponsor, monkeypatch: pytest.MonkeyPatch) -> None:
    answers = [ada.ask(key=f"form-number-{number}").status_code for number in range(rules.OPEN_MAX + 1)]
    assert answers == [200] * rules.OPEN_MAX + [422]

    BroughtFile.objects.update(state="expired")
    monkeypatch.setattr(rules, "ASKED_AN_HOUR_MAX", rules.OPEN_MAX)
    assert ada.ask(key="form-of-the-hour").status_code == 429


def test_an_owner_has_room_for_so_much(ada: Sponsor, run_jobs: RunJobs, monkeypatch: pytest.MonkeyPatch) -> None:
    ada.bring(picture())
    run_jobs()
    monkeypatch.setattr(rules, "KEPT_BYTES_MAX", rules.MEASURES[rules.Purpose.CAMPAIGN_COVER].most_bytes)

    answer = ada.ask(key="another-form")
    assert (answer.status_code, "remove a file first" in answer.json()["detail"]) == (422, True)


def test_another_picture_takes_the_place_of_the_first(ada: Sponsor, run_jobs: RunJobs) -> None:
    first = ada.bring(picture())
    run_jobs()
    second = ada.bring(picture("JPEG", size=(500, 500)), said_type="image/jpeg", key="another-form")
    run_jobs()
    removing.clear(now=clock.wall() + timedelta(hours=1))

    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.state, second.state, stored()) == ("removed", "ready", [second.kept_key])
    assert str(second.id) in ada.shown()


def test_a_removed_picture_is_gone_at_once_and_from_the_storage(ada: Sponsor, run_jobs: RunJobs) -> None:
    ada.bring(picture())
    run_jobs()
    address = ada.shown()
    ada.client.post(f"{ada.path}remove/")
    gone = Client().get(address).status_code
    run_jobs()

    assert (gone, ada.shown(), stored()) == (404, "", [])
    assert FileEvent.objects.latest("id").actor == a_user("Ada")


def test_a_picture_of_a_draft_is_for_its_organisation_alone(ada: Sponsor, run_jobs: RunJobs) -> None:
    file = ada.bring(picture())
    run_jobs()
    Campaign.objects.update(state="draft")
    address = f"/files/covers/{ada.campaign.id}/{file.id}/"
    answers = {visitor: client_of(visitor).get(address).status_code for visitor in VISITORS}

    assert {visitor for visitor, status in answers.items() if status == 200} == {"reviewer", "owner"}
    assert client_of("owner").get(address)["Cache-Control"] == "no-store"


def test_others_neither_ask_nor_say_nor_see_how_far_it_is(ada: Sponsor, run_jobs: RunJobs) -> None:
    file = ada.bring(picture())
    eve()
    for visitor, expected in (("another sponsor", 404), ("creator", 404), ("staff", 404), ("anonymous", 302)):
        client = client_of(visitor)
        order = {"said_type": "image/png", "size_bytes": 5, "request_key": "form-of-another"}
        assert client.post(ada.path, order).status_code == expected
        assert client.post(f"{ada.path}remove/").status_code == expected
        assert client.post(f"/files/{file.id}/arrived/").status_code == expected
        assert client.get(f"/files/{file.id}/state/").status_code == expected
    assert client_of("reviewer").post(ada.path, order).status_code == 403
    run_jobs()
    assert ada.shown()


def test_a_file_that_nobody_told_us_of_is_found(ada: Sponsor, run_jobs: RunJobs) -> None:
    content = picture()
    sent(ada.leave(content), content)

    assert arriving.look_for_arrivals(now=clock.wall()) == 1
    run_jobs()
    assert ada.shown()


def test_saying_that_it_was_sent_does_not_make_it_so(ada: Sponsor, run_jobs: RunJobs) -> None:
    content = picture()
    made = ada.leave(content)
    ada.client.post(made["arrived"])
    run_jobs()
    state = BroughtFile.objects.get().state
    sent(made, content)
    ada.client.post(made["arrived"])
    run_jobs()

    assert (state, bool(ada.shown())) == (FileState.ASKED, True)


def test_a_file_that_nobody_sent_is_forgotten(ada: Sponsor) -> None:
    made = ada.leave(picture())
    later = clock.wall() + timedelta(hours=1)

    assert removing.expire(now=later) == 1
    assert sent(made, picture()).status_code == 201  # the storage's own end is minutes away
    removing.clear(now=later)
    assert (BroughtFile.objects.get().state, stored()) == ("expired", [])


def test_what_belongs_to_no_file_is_deleted_and_nothing_else(ada: Sponsor, run_jobs: RunJobs) -> None:
    file = ada.bring(picture())
    run_jobs()
    open_one = ada.leave(picture(), key="another-form")
    sent(open_one, picture())
    for key in ("incoming/organisation-1/left", "kept/person-7/left", "elsewhere/not-ours"):
        storage.keep(key=key, content=b"x", content_type="text/plain")

    assert removing.clear_orphans() == 2
    file.refresh_from_db()
    assert stored() == sorted(["elsewhere/not-ours", open_one["fields"]["key"], file.kept_key])


def test_while_the_storage_is_down_nothing_is_lost(ada: Sponsor, world: SandboxWorld, run_jobs: RunJobs) -> None:
    file = ada.bring(picture())
    world.fault("s3", "error_503", method="*", times=50)
    run_jobs()
    file.refresh_from_db()
    waiting = file.state
    world.http.delete("/control/faults")
    with connection.cursor() as cursor:  # its next try comes in some seconds
        cursor.execute("update procrastinate_jobs set scheduled_at = null where status = 'todo'")
    run_jobs()
    address = ada.shown()
    world.fault("s3", "error_503", method="GET", times=50)

    assert (waiting, bool(address)) == ("arrived", True)
    assert Client().get(address).status_code == 503
    assert Client().get("/campaigns/").status_code == 200


def test_without_a_storage_nobody_is_asked_for_files(ada: Sponsor) -> None:
    settings.STORAGE = {**settings.STORAGE, "bucket": ""}

    assert "no storage for files" in ada.client.get(ada.path).content.decode()
    assert (ada.ask().status_code, arriving.look_for_arrivals(now=clock.wall())) == (422, 0)


def test_only_the_page_that_sends_files_may_send_them(ada: Sponsor) -> None:
    place = settings.STORAGE["endpoint"].removesuffix("/s3")
    policy = ada.client.get(ada.path)["Content-Security-Policy"]

    assert f"connect-src 'self' {place}" in policy
    assert "script-src" not in policy  # which leaves the default: our own, nothing inline
    other = ada.client.get(f"/sponsor/campaigns/{ada.campaign.id}/")["Content-Security-Policy"]
    assert "connect-src" not in other


def test_what_happened_to_a_file_stays_as_it_was_written(ada: Sponsor) -> None:
    ada.ask()
    for change in (lambda: FileEvent.objects.update(deed="taken"), lambda: FileEvent.objects.all().delete()):
        with pytest.raises(DatabaseError, match="stays as it was written"), transaction.atomic():
            change()


def test_a_program_brings_a_picture_by_the_api(ada: Sponsor, run_jobs: RunJobs) -> None:
    content = picture()
    path = f"/api/v1/sponsor/campaigns/{ada.campaign.id}/cover"
    order = {"content_type": "image/png", "size_bytes": len(content), "name": "shoes.png"}
    headers = {"Idempotency-Key": "key-of-a-request"}
    made = ada.client.post(path, order, content_type="application/json", headers=headers).json()
    assert sent(made, content).status_code == 201
    arrived = ada.client.post(f"/api/v1/files/{made['file']}/arrived").json()
    run_jobs()

    assert (arrived["state"], ada.client.get(f"/api/v1/files/{made['file']}").json()["state"]) == ("arrived", "ready")
    assert client_of("another sponsor").get(f"/api/v1/files/{made['file']}").status_code == 404
    assert ada.client.post(f"{path}/remove").status_code == 204
    assert ada.shown() == ""


def test_a_form_without_script_leads_to_the_storage_and_back(ada: Sponsor, run_jobs: RunJobs) -> None:
    answer = ada.client.post(ada.path, {"said_type": "image/png", "request_key": "form-without-script"})
    page = ada.client.get(answer["Location"]).content.decode()
    file = BroughtFile.objects.get()
    form = page.partition("data-leave>")[2].partition("<div")[0]
    fields = dict(re.findall(r'name="([^"]+)" value="([^"]*)"', form))
    url = f"{settings.STORAGE['endpoint']}/{settings.STORAGE['bucket']}"
    back = sent({"url": url, "fields": {name: html.unescape(value) for name, value in fields.items()}}, picture())

    assert (back.status_code, back.headers["location"].partition("?")[0]) == (303, f"{settings.SITE_URL}{ada.path}")
    assert "I have sent it" in page
    ada.client.post(f"/files/{file.id}/arrived/")
    run_jobs()
    assert ada.shown()


def test_sixteen_asking_at_once_get_as_many_as_they_may(ada: Sponsor) -> None:
    person, organisation = a_user("Ada").id, adas_organisation().id

    def ask(number: int) -> str:
        try:
            asking.ask(
                purpose=rules.Purpose.CAMPAIGN_COVER,
                subject_id=ada.campaign.id,
                organisation_id=organisation,
                person_id=person,
                said_name="",
                said_type="image/png",
                size_bytes=10,
                request_key=f"form-number-{number}",
                now=clock.wall(),
            )
        except asking.NoRoom:
            return "no room"
        return "asked"

    assert at_once(ask, workers=16) == {"asked": rules.OPEN_MAX, "no room": 16 - rules.OPEN_MAX}
