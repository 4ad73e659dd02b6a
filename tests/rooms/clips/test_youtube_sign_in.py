"""A YouTube channel is proved by signing in at Google; only the browser that asked, once, and in time."""

import base64
import hashlib
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from cliphaven.clips.models import Channel, ChannelCheck
from cliphaven.identity.models import User
from tests.people import ben, mallory
from tests.rooms.clips.outside import Account, an_account, proved
from tests.rooms.clips.test_pages import signed_in
from tests.world import SandboxWorld

pytestmark = pytest.mark.django_db


def sent_to_google(client: Client) -> str:
    answer = client.post(reverse("youtube_start"))
    assert answer.status_code == 302
    return str(answer.headers["Location"])


def consented(world: SandboxWorld, address: str, account: Account | None, *, answer: str = "allow") -> dict[str, str]:
    """What comes back with a person who chose this account on Google's page."""
    author_id = account.author_id if account else ""
    reply = world.http.post(address, data={"account": author_id, "answer": answer})
    assert reply.status_code == 302
    return {name: values[0] for name, values in parse_qs(urlsplit(reply.headers["Location"]).query).items()}


def came_back(client: Client, answer: dict[str, str]) -> str:
    return client.get(reverse("youtube_return"), answer, follow=True).content.decode()


def signs_in(world: SandboxWorld, account: Account | None, *, creator: User | None = None) -> str:
    client = signed_in(creator or ben())
    return came_back(client, consented(world, sent_to_google(client), account))


def test_the_channel_that_google_names_is_bound_by_its_unchanging_id(world):
    account = an_account(world, platform="youtube", bio="no code at all")

    page = signs_in(world, account)

    channel = Channel.objects.get()
    assert (channel.state, channel.author_id, channel.handle) == ("verified", account.author_id, account.handle)
    assert channel.check_at == world.now() + timedelta(days=7)
    check = ChannelCheck.objects.get()
    assert (check.outcome, check.source) == ("signed_in", "google oauth channels.list mine=true")
    assert (check.author_id, check.bio, len(bytes(check.raw_sha256))) == (account.author_id, "no code at all", 32)
    assert f"@{account.handle} is yours" in page


def test_what_is_sent_along_is_fresh_and_hides_the_verifier(world):
    client = signed_in(ben())
    first, second = (parse_qs(urlsplit(sent_to_google(client)).query) for _ in range(2))
    verifier = client.session["youtube_sign_in"]["verifier"]

    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    assert (second["code_challenge"], second["code_challenge_method"]) == ([challenge], ["S256"])
    assert first["state"] != second["state"]
    assert (len(second["state"][0]) >= 43, len(verifier) >= 43, verifier in str(second)) == (True, True, False)
    assert second["scope"] == ["https://www.googleapis.com/auth/youtube.readonly"]
    assert second["redirect_uri"] == [f"{settings.SITE_URL}/creator/channels/youtube/return/"]


@pytest.mark.parametrize("forged", ["", "x", None])
def test_an_answer_with_another_state_proves_nothing(world, forged):
    client = signed_in(ben())
    answer = consented(world, sent_to_google(client), an_account(world, platform="youtube"))
    answer = {"code": answer["code"]} | ({} if forged is None else {"state": forged})

    assert "was not started here" in came_back(client, answer)
    assert Channel.objects.count() == 0


def test_an_answer_counts_in_the_browser_that_asked_alone(world):
    answer = consented(world, sent_to_google(signed_in(mallory())), an_account(world, platform="youtube"))

    assert "was not started here" in came_back(signed_in(ben()), answer)
    assert Channel.objects.count() == 0


def test_an_answer_counts_once(world):
    client, account = signed_in(ben()), an_account(world, platform="youtube")
    answer = consented(world, sent_to_google(client), account)
    came_back(client, answer)
    Channel.objects.all().delete()

    assert "was not started here" in came_back(client, answer)
    assert Channel.objects.count() == 0


def test_a_code_that_was_stolen_is_worth_nothing_without_its_verifier(world):
    account = an_account(world, platform="youtube")
    stolen = consented(world, sent_to_google(signed_in(ben())), account)["code"]
    client = signed_in(mallory())
    state = parse_qs(urlsplit(sent_to_google(client)).query)["state"][0]

    assert "Google did not let us see your channel" in came_back(client, {"code": stolen, "state": state})
    assert Channel.objects.count() == 0


def test_ten_minutes_are_enough(world):
    client = signed_in(ben())
    answer = consented(world, sent_to_google(client), an_account(world, platform="youtube"))
    world.advance(minutes=10)

    assert "took longer than ten minutes" in came_back(client, answer)


def test_a_code_that_is_too_old_for_google_proves_nothing(world):
    client = signed_in(ben())
    answer = consented(world, sent_to_google(client), an_account(world, platform="youtube"))
    session = client.session
    # As if our own ten minutes were longer than Google's.
    session["youtube_sign_in"] = session["youtube_sign_in"] | {"until": (world.now() + timedelta(hours=1)).isoformat()}
    session.save()
    world.advance(minutes=10)

    assert "Google did not let us see your channel" in came_back(client, answer)
    assert Channel.objects.count() == 0


def test_a_code_that_google_gave_to_another_client_proves_nothing(world):
    client = signed_in(ben())
    answer = consented(world, sent_to_google(client), an_account(world, platform="youtube"))
    before: Any = settings.GOOGLE_CLIENT_ID
    settings.GOOGLE_CLIENT_ID = "somebody-elses.apps.googleusercontent.com"
    try:
        assert "Google did not let us see your channel" in came_back(client, answer)
    finally:
        settings.GOOGLE_CLIENT_ID = before
    assert Channel.objects.count() == 0


def test_looking_at_the_headers_uses_no_answer_up(world):
    client, account = signed_in(ben()), an_account(world, platform="youtube")
    answer = consented(world, sent_to_google(client), account)

    assert client.head(reverse("youtube_return"), answer).status_code == 302
    assert "is yours" in came_back(client, answer)


def test_who_says_no_at_google_proves_nothing(world):
    client = signed_in(ben())
    answer = consented(world, sent_to_google(client), None, answer="deny")

    assert (answer["error"], "Nothing was proved" in came_back(client, answer)) == ("access_denied", True)


def test_an_account_without_a_channel_is_told_so(world):
    assert "There is no YouTube channel in this Google account" in signs_in(world, None)


def test_a_google_that_is_silent_proves_nothing(world):
    client = signed_in(ben())
    answer = consented(world, sent_to_google(client), an_account(world, platform="youtube"))
    world.fault("google", "error_500", path_prefix="/google/token")

    assert "Google did not answer" in came_back(client, answer)


def test_a_channel_that_somebody_else_proved_stays_theirs(world):
    account = an_account(world, platform="youtube")
    proved(account, mallory(), at=world.now())

    assert "Somebody else proved this channel before" in signs_in(world, account)
    assert Channel.objects.get(state="verified").creator == mallory()


def test_a_channel_that_waits_for_its_code_is_proved_by_signing_in(world):
    account = an_account(world, platform="youtube")
    client = signed_in(ben())
    client.post(reverse("channel_add"), {"platform": "youtube", "profile": f"@{account.handle.upper()}"})

    signs_in(world, account)

    assert Channel.objects.get().state == "verified"


def test_a_renamed_channel_stays_one_channel(world):
    account = an_account(world, platform="youtube")
    signs_in(world, account)
    account.take_handle(f"{account.handle}new")
    signs_in(world, account)

    assert [channel.handle for channel in Channel.objects.all()] == [f"{account.handle}new"]


def test_the_token_is_revoked_and_nowhere_kept(world):
    signs_in(world, an_account(world, platform="youtube"))
    tokens = [value for row in ChannelCheck.objects.values() for value in row.values() if "ya29." in str(value)]

    assert tokens == []
    answer = world.http.get("/youtube/youtube/v3/channels", params={"part": "id", "mine": "true"})
    assert answer.status_code in (401, 403)


def test_without_a_client_at_google_it_is_not_offered(world):
    before: Any = settings.GOOGLE_CLIENT_SECRET
    settings.GOOGLE_CLIENT_SECRET = ""
    try:
        client = signed_in(ben())
        assert "Prove it at Google" not in client.get(reverse("channels")).content.decode()
        assert "not set up here" in client.post(reverse("youtube_start"), follow=True).content.decode()
    finally:
        settings.GOOGLE_CLIENT_SECRET = before
