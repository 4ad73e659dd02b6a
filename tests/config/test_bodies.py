"""Bodies are looked at before they are read, and whatever fails below the API's address is told as a problem."""

import json
from collections.abc import Iterator
from datetime import datetime
from typing import get_args

import pytest
from django.test import Client
from pydantic import BaseModel, BeforeValidator, Strict

from cliphaven.config.api import api
from cliphaven.foundation.shapes import Order
from tests.people import a_campaign, adas_organisation, ben, dot

pytestmark = pytest.mark.django_db
ADDRESS = "/api/v1/me/mail"
ORDER = {"kind": "money", "wish": "daily"}


def bens() -> Client:
    client = Client(raise_request_exception=False)
    client.force_login(ben())
    return client


def sent(raw: bytes, *, kind: str = "application/json", at: str = ADDRESS, **headers: str) -> tuple[int, str]:
    answer = bens().post(at, raw, content_type=kind, headers={"Idempotency-Key": "the-request-1", **headers})
    assert answer.status_code < 300 or answer["Content-Type"] == "application/problem+json"
    return answer.status_code, json.loads(answer.content).get("code", "")


def test_a_sound_order_is_taken_in_each_way_of_naming_its_kind():
    raw = json.dumps(ORDER).encode()

    assert sent(raw)[0] == 200
    assert sent(raw, kind="application/json; charset=UTF-8")[0] == 200


@pytest.mark.parametrize(
    ("kind", "headers"),
    [
        ("text/plain", {}),
        ("application/x-www-form-urlencoded", {}),
        ("multipart/form-data; boundary=x", {}),
        ("application/json; charset=utf-16", {}),
        ("application/json", {"Content-Encoding": "gzip"}),
    ],
)
def test_a_body_of_another_kind_is_not_read(kind, headers):
    assert sent(json.dumps(ORDER).encode(), kind=kind, **headers) == (415, "unsupported_media_type")


def test_a_body_that_is_too_large_is_not_read():
    assert sent(json.dumps({**ORDER, "note": "x" * 65_536}).encode()) == (413, "too_large")


@pytest.mark.parametrize("raw", [b'{"kind": "money", "kind": "money", "wish": "daily"}', b"[]", b"{", b'{"a": NaN}'])
def test_a_body_without_one_reading_is_refused_in_a_sentence(raw):
    assert sent(raw) == (400, "not_readable")


@pytest.mark.parametrize(
    "order", [{**ORDER, "is_staff": True}, {"kind": "money"}, {"kind": "money", "wish": 1}, {"kind": ["money"]}]
)
def test_an_order_of_another_shape_is_refused(order):
    assert sent(json.dumps(order).encode()) == (422, "not_valid")


@pytest.mark.parametrize("campaign", ["1", 1.0, True, None])
def test_numbers_are_written_as_numbers(campaign):
    real = a_campaign().id
    order = {"campaign": real if campaign is None else campaign, "urls": ["https://www.tiktok.com/@ben/video/1"]}
    status, code = sent(json.dumps(order).encode(), at="/api/v1/clips/check")

    assert (status, code) == ((200, "") if campaign is None else (422, "not_valid"))


@pytest.mark.parametrize(
    "kind", ["multipart/form-data", "multipart/form-data; boundary=", "application/json", "text/plain"]
)
def test_a_form_that_is_none_is_refused(kind):
    status, code = sent(b"--x\r\nbroken", kind=kind, at="/api/v1/doubts/1/appeal")

    assert (status, code) in ((415, "unsupported_media_type"), (400, "not_readable"))


def test_no_text_of_a_question_has_nul_in_it():
    client = Client()
    client.force_login(dot())

    assert client.get("/api/v1/staff/people?q=a%00b").status_code == 400


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("get", "/api/v1/nothing", 404, "not_found"),
        ("get", "/api/v1/clips/abc", 404, "not_found"),
        ("delete", "/api/v1/me", 405, "method_not_allowed"),
        ("put", ADDRESS, 405, "method_not_allowed"),
    ],
)
def test_where_there_is_no_operation_a_problem_is_told_too(method, path, status, code):
    answer = getattr(bens(), method)(path)

    assert (answer.status_code, answer["Content-Type"]) == (status, "application/problem+json")
    assert answer.json()["code"] == code
    assert ("Allow" in answer) == (status == 405)
    assert answer["X-Content-Type-Options"] == "nosniff"


def test_another_host_is_told_a_problem():
    answer = Client().get("/api/v1/me", headers={"host": "evil.example"})

    assert (answer.status_code, answer.json()["code"]) == (400, "not_readable")


def test_pages_stay_pages():
    adas_organisation()
    answer = Client().get("/nothing/")

    assert (answer.status_code, answer["Content-Type"].split(";")[0]) == (404, "text/html")


def test_every_401_says_how_to_come_in():
    wrong = Client().post(
        "/api/v1/auth/password", {"email": "a@example.test", "password": "wrong"}, content_type="application/json"
    )

    assert (wrong.status_code, wrong["WWW-Authenticate"]) == (401, 'Bearer realm="ClipHaven"')


def shapes_within(shape: type[BaseModel]) -> Iterator[type[BaseModel]]:
    """A shape of a body, and those in its fields."""
    yield shape
    todo = [field.annotation for field in shape.model_fields.values()]
    while todo:
        one = todo.pop()
        todo.extend(get_args(one))
        if isinstance(one, type) and issubclass(one, BaseModel):
            yield from shapes_within(one)


def orders() -> set[type[BaseModel]]:
    """Every shape in which something is asked for."""
    fields = [
        field
        for router in api._get_bound_routers()
        for view in router.path_operations.values()
        for operation in view.operations
        for model in operation.models
        if model.__ninja_param_source__ == "body"
        for field in model.model_fields.values()
    ]
    return {shape for field in fields for shape in shapes_within(field.annotation)}


def test_every_order_knows_its_fields_and_takes_whole_numbers_as_such():
    """`Order` in foundation/shapes.py refuses other fields; numbers, flags and moments need the strict types."""
    loose = [
        f"{shape.__name__}.{name}"
        for shape in orders()
        for name, field in shape.model_fields.items()
        if {int, bool, datetime} & {field.annotation, *get_args(field.annotation)}
        and not any(isinstance(one, Strict | BeforeValidator) for one in [*field.metadata, *within(field.annotation)])
    ]

    assert [shape.__name__ for shape in orders() if not issubclass(shape, Order)] == []
    assert loose == []


def within(annotation: object) -> Iterator[object]:
    """What stands with the types in a choice, such as `Annotated[int, Strict()] | None`."""
    for one in get_args(annotation):
        yield from getattr(one, "__metadata__", ())
