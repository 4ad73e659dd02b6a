"""How the client takes answers: what is asked again, what is not, and what is raised."""

from collections.abc import Callable

import httpx2
import pytest

from cliphaven_client import ClipHaven, Conflict, NoAnswer, NotFound, TooOften, Unavailable
from cliphaven_client.problems import Broken

ME = {
    **{"id": 7, "name": "Ben", "email": "ben@example.test", "role": "creator", "faces": ["creator"]},
    **{"staff_roles": [], "organisation": None, "member_role": None},
}


def problem(status: int, code: str, **headers: str) -> httpx2.Response:
    said = {"type": "about:blank", "title": "No", "status": status, "detail": "Because.", "code": code}
    return httpx2.Response(status, json=said, headers=headers)


class Outside:
    """A house far away that answers in turn, None for silence; it notes what it was asked, and the pauses between."""

    def __init__(self, *answers: httpx2.Response | None) -> None:
        self.answers = list(answers)
        self.asked: list[httpx2.Request] = []
        self.pauses_s: list[float] = []

    def __call__(self, request: httpx2.Request) -> httpx2.Response:
        self.asked.append(request)
        answer = self.answers.pop(0)
        if answer is None:
            raise httpx2.ReadTimeout("silence", request=request)
        return answer


@pytest.fixture
def asking(monkeypatch: pytest.MonkeyPatch) -> Callable[..., tuple[Outside, ClipHaven]]:
    def made(*answers: httpx2.Response | None, patience_s: float = 60.0) -> tuple[Outside, ClipHaven]:
        outside = Outside(*answers)
        monkeypatch.setattr("cliphaven_client.transport.time.sleep", outside.pauses_s.append)
        http = httpx2.Client(transport=httpx2.MockTransport(outside))
        return outside, ClipHaven("https://clips.example", key="chk_x", http=http, patience_s=patience_s)

    return made


def test_an_answer_is_typed(asking):
    outside, house = asking(httpx2.Response(200, json=ME | {"later": "fields that came later are let through"}))

    assert (house.you.me().email, outside.asked[0].headers["Authorization"]) == ("ben@example.test", "Bearer chk_x")


def test_too_often_is_asked_again_when_the_answer_says(asking):
    outside, house = asking(problem(429, "too_often", **{"Retry-After": "7"}), httpx2.Response(200, json=ME))

    assert (house.you.me().id, outside.pauses_s) == (7, [7])


def test_whoever_has_no_patience_is_told_when(asking):
    _, house = asking(problem(429, "too_often", **{"Retry-After": "90"}))

    with pytest.raises(TooOften) as told:
        house.you.me()
    assert (told.value.retry_after_s, told.value.code) == (90, "too_often")


def test_a_silent_database_is_asked_four_times_in_all(asking):
    outside, house = asking(*[problem(503, "no_database", **{"Retry-After": "5"})] * 4)

    with pytest.raises(Unavailable):
        house.you.me()
    assert outside.pauses_s == [5, 5, 5]


def test_the_patience_is_for_one_request_in_all(asking):
    outside, house = asking(*[problem(503, "no_database", **{"Retry-After": "5"})] * 4, patience_s=11)

    with pytest.raises(Unavailable):
        house.you.me()
    assert outside.pauses_s == [5, 5]


def test_silence_is_asked_again_under_the_same_key(asking):
    told = {"campaign": 1, "results": []}
    outside, house = asking(None, None, httpx2.Response(200, json=told))

    house.creator.clips_submit(campaign=1, urls=["https://www.tiktok.com/@ben/video/1"])

    keys = {request.headers["Idempotency-Key"] for request in outside.asked}
    assert (len(outside.asked), len(keys), len(keys.pop()) >= 8, outside.pauses_s) == (3, 1, True, [0.5, 1.0])


def test_silence_about_what_has_no_key_is_not_asked_again(asking):
    outside, house = asking(None)

    with pytest.raises(NoAnswer):
        house.you.key_make(name="Robot", face="creator", scopes=["read"])
    assert len(outside.asked) == 1


@pytest.mark.parametrize(
    ("answer", "kind", "code"),
    [
        (problem(404, "not_found"), NotFound, "not_found"),
        (problem(409, "case_is_over"), Conflict, "case_is_over"),
        (httpx2.Response(502, text="<html>a proxy</html>"), Broken, ""),
        (httpx2.Response(500, json=["no object"]), Broken, ""),
    ],
)
def test_a_no_is_an_exception_of_its_kind(asking, answer, kind, code):
    _, house = asking(answer)

    with pytest.raises(kind) as told:
        house.you.me()
    assert (told.value.status, told.value.code) == (answer.status_code, code)


def test_what_is_not_given_is_not_sent(asking):
    outside, house = asking(httpx2.Response(200, json={"messages": [], "unread": 0, "next_before": None}))

    house.you.inbox(unread=True)

    assert outside.asked[0].url.query == b"unread=true"


def test_what_is_put_into_a_path_stays_one_part_of_it(asking):
    outside, house = asking(problem(404, "not_found"))

    with pytest.raises(NotFound):
        house.sponsor.wallet_entries(currency="../refunds?x=")
    assert outside.asked[0].url.raw_path == b"/api/v1/sponsor/wallets/..%2Frefunds%3Fx%3D/entries"
