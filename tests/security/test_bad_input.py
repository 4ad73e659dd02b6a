"""Whatever is typed or meddled with: refused in words or shown as text, never an error of ours."""

import pytest
from django.http import HttpResponse

from tests.security.test_route_matrix import POST_ONLY, ROUTES
from tests.security.visitors import VISITORS, House, client_of

pytestmark = pytest.mark.django_db

NASTY = {
    "nothing": b"",
    "NUL": b"a%00b",
    "half a character": b"%ed%a0%80",
    "no UTF-8": b"%ff%fe",
    "very long": b"x" * 20_000,
    "markup": b"%22%3E%3Cscript%3Ealert(1)%3C%2Fscript%3E%7B%7B7*7%7D%7D",
    "a huge number": b"9" * 30,
    "a negative number": b"-1",
    "a float": b"1e309",
    "other digits": b"%EF%BC%91%EF%BC%90%EF%BC%90",
    "turned around": b"%E2%80%AEabc",
    "a line of a header": b"a%0d%0aX-Evil:%201",
}
FIELDS = (
    *("amount", "request_key", "title", "brief", "rate_tiktok", "budget", "max_per_clip", "min_views"),
    *("max_per_creator", "clips_daily"),
    *("starts_on", "ends_on", "review_hours", "hold_days", "note", "code", "outcome", "campaign", "links"),
    *("platform", "profile", "email", "password", "next"),
    *("entries", "holds", "until", "reason", "voided", "clawed_back", "owed", "claw_back"),
)
SOUND = {
    "code": b"off_brief",
    "note": b"Show+the+sole",
    "amount": b"5",
    "request_key": b"the-form-that-was-shown",
    "platform": b"tiktok",
}
FORM_PAGES = [
    *POST_ONLY,
    "sign_in",
    "campaign_create",
    "clip_submit",
    "magic_confirm",
    "staff_clip_hold",
    "staff_clip_reversal",
]
QUERIES = ("platform", "deposit", "fund", "campaign", "before", "next", "after", "clip", "entries")


def insider(name: str) -> str:
    """Somebody whom a page lets in, by the table of routes: preferably to what it is there for."""
    statuses = dict(zip(VISITORS, ROUTES[name].statuses, strict=True))
    return max(statuses, key=lambda visitor: (statuses[visitor] in (200, 422), statuses[visitor] not in (403, 404)))


def sent(house: House, visitor: str, address: str, fields: dict[str, bytes], **headers: str) -> HttpResponse:
    body = b"&".join(name.encode() + b"=" + value for name, value in fields.items())
    answer = house.client_of(visitor).post(
        address, body, content_type="application/x-www-form-urlencoded", headers=headers or None
    )
    assert isinstance(answer, HttpResponse)
    return answer


def is_harmless(answer: HttpResponse) -> bool:
    # A paper is bytes, and a file is streamed: neither is read as a page by any browser.
    is_page = not answer.streaming and answer.headers.get("Content-Type", "").startswith("text/")
    return answer.status_code < 500 and not (is_page and "<script>alert(1)" in answer.content.decode())


@pytest.mark.parametrize("what", NASTY)
def test_nothing_typed_into_any_form_breaks_anything(what, house):
    harmful = [
        name
        for name in FORM_PAGES
        if name != "payouts_onboarding"  # it takes no fields, and would wait for a vendor
        if not is_harmless(sent(house, insider(name), house.address(name), dict.fromkeys(FIELDS, NASTY[what])))
    ]

    assert harmful == []


@pytest.mark.parametrize("what", NASTY)
def test_one_nasty_field_in_a_sound_form_breaks_nothing(what, house):
    doors = {"clip_reject": "owner", "campaign_fund": "owner", "channel_add": "creator", "clip_resubmit": "creator"}
    harmful = [
        (name, field)
        for name, visitor in doors.items()
        for field in SOUND
        if not is_harmless(sent(house, visitor, house.address(name), {**SOUND, field: NASTY[what]}))
    ]

    assert harmful == []


@pytest.mark.parametrize("first", [0, 4, 8])
def test_no_address_that_was_meddled_with_breaks_anything(first, house):
    """Each part of the question gets another of the nasty values, and each value comes to three places in all."""
    values = [value.decode() for value in NASTY.values()]
    query = "&".join(f"{name}={values[(first + place) % len(values)]}" for place, name in enumerate(QUERIES))
    harmful = [
        name
        for name, row in ROUTES.items()
        if not row.is_post_only
        if not is_harmless(house.client_of(insider(name)).get(f"{house.address(name)}?{query}"))
    ]

    assert harmful == []


@pytest.mark.parametrize("what", ["no UTF-8", "NUL", "markup", "very long", "half a character"])
def test_no_path_breaks_anything(what):
    raw = NASTY[what].decode()
    paths = (f"/{raw}/", f"/sign-in/link/{raw}/", f"/clips/{raw}/", f"/static/{raw}")

    assert [path for path in paths if not is_harmless(client_of("owner").get(path))] == []


@pytest.mark.parametrize("cookie", ["", "x", "x" * 4_000, "é", "\x00", "' or 1=1 --", "../../etc"])
def test_no_cookie_breaks_anything(cookie, house):
    client = house.client_of("anonymous")
    names = ("sid", "csrftoken", "sign-in-browser", "messages")
    # As raw as it comes over the wire: Python's own cookie jar would already refuse some of these.
    header = {"HTTP_COOKIE": "; ".join(f"{name}={cookie}" for name in names)}

    assert is_harmless(client.get("/sponsor/", **header))
    assert is_harmless(client.post(house.address("magic_confirm"), **header))


def test_a_clip_of_somebody_else_is_not_found_by_htmx_either(house):
    for name in ("clip_approve", "clip_reject"):
        assert sent(house, "another sponsor", house.address(name), {}, **{"HX-Request": "true"}).status_code == 404


def test_a_form_with_too_many_fields_is_refused(house):
    fields = {f"field{number}": b"1" for number in range(2_000)}

    assert sent(house, "anonymous", house.address("sign_in"), fields).status_code == 400
