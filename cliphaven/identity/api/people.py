"""Doors of the API for staff: people's accounts, and which of the staff may do what."""

from dataclasses import asdict
from typing import Annotated, Any, Literal

from django.http import Http404, HttpRequest
from ninja import Path, Query, Router

from cliphaven.foundation import clock
from cliphaven.foundation.shapes import ID_MAX, NOBODY, REFUSED, Key
from cliphaven.identity import schemas
from cliphaven.identity.guards import AS_ADMIN, AS_PEOPLE_STAFF, AS_STAFF, signed_in_id
from cliphaven.identity.operations import staff
from cliphaven.identity.queries import people_files, sign_ins

PEOPLE = Router(auth=AS_STAFF, tags=["Staff: people"])

APerson = Annotated[int, Path(ge=1, le=ID_MAX)]
Sought = Annotated[str, Query(max_length=254, description="The beginning of an address or a name, or a number.")]


@PEOPLE.get("/people", response={200: list[schemas.Person], **NOBODY}, url_name="api_people")
def people(request: HttpRequest, q: Sought = "") -> list[schemas.Person]:  # noqa: ARG001
    """Everybody of the staff; with `q` up to fifty people whose address or name begins so."""
    lines = people_files.found(text=q) if q else people_files.staff()
    return [schemas.Person(**_told(line)) for line in lines]


@PEOPLE.post("/people", response={200: schemas.WholePerson, **REFUSED}, auth=AS_ADMIN, url_name="api_employ")
def employ(request: HttpRequest, key: Key, order: schemas.EmployOrder) -> schemas.WholePerson:
    """Enter somebody of the staff, in a first role."""
    user_id = staff.employ(
        email=order.email,
        name=order.name,
        role=order.role,
        admin_id=signed_in_id(request),
        reason=order.reason,
        request_key=key,
        now=clock.now(),
    )
    return _whole(user_id)


@PEOPLE.get("/people/{user_id}", response={200: schemas.WholePerson, **NOBODY}, url_name="api_person")
def person(request: HttpRequest, user_id: APerson) -> schemas.WholePerson:  # noqa: ARG001
    """Somebody, with where they are signed in, and what was done to their account."""
    return _whole(user_id)


@PEOPLE.post(
    "/people/{user_id}/roles/give",
    response={200: schemas.WholePerson, **REFUSED},
    auth=AS_ADMIN,
    url_name="api_role_grant",
)
def role_grant(request: HttpRequest, user_id: APerson, key: Key, order: schemas.StaffRoleOrder) -> schemas.WholePerson:
    """Give one of the staff a role, from their next request on. Never one's own."""
    staff.grant_role(
        user_id=user_id,
        role=order.role,
        admin_id=signed_in_id(request),
        reason=order.reason,
        request_key=key,
        now=clock.now(),
    )
    return _whole(user_id)


@PEOPLE.post(
    "/people/{user_id}/roles/take",
    response={200: schemas.WholePerson, **REFUSED},
    auth=AS_ADMIN,
    url_name="api_role_withdraw",
)
def role_withdraw(
    request: HttpRequest, user_id: APerson, key: Key, order: schemas.StaffRoleOrder
) -> schemas.WholePerson:
    """Take a role from one of the staff, from their next request on. There is always an admin."""
    staff.withdraw_role(
        user_id=user_id,
        role=order.role,
        admin_id=signed_in_id(request),
        reason=order.reason,
        request_key=key,
        now=clock.now(),
    )
    return _whole(user_id)


@PEOPLE.post(
    "/people/{user_id}/sign-out",
    response={200: schemas.WholePerson, **REFUSED},
    auth=AS_PEOPLE_STAFF,
    url_name="api_person_sign_out",
)
def person_sign_out(
    request: HttpRequest, user_id: APerson, key: Key, order: schemas.ReasonOrder
) -> schemas.WholePerson:
    """End all that a person has open; of staff for an admin alone."""
    staff.sign_person_out(
        user_id=user_id, staff_id=signed_in_id(request), reason=order.reason, request_key=key, now=clock.now()
    )
    return _whole(user_id)


@PEOPLE.post(
    "/people/{user_id}/switch/{way}",
    response={200: schemas.WholePerson, **REFUSED},
    auth=AS_PEOPLE_STAFF,
    url_name="api_person_switch",
)
def person_switch(
    request: HttpRequest, user_id: APerson, way: Literal["on", "off"], key: Key, order: schemas.ReasonOrder
) -> schemas.WholePerson:
    """Let nobody in as this person (off), or let them in again (on); of staff for an admin alone."""
    staff.switch_person(
        user_id=user_id,
        is_on=way == "on",
        staff_id=signed_in_id(request),
        reason=order.reason,
        request_key=key,
        now=clock.now(),
    )
    return _whole(user_id)


def _whole(user_id: int) -> schemas.WholePerson:
    line = people_files.person_line(user_id=user_id)
    if line is None:
        raise Http404
    return schemas.WholePerson(
        **_told(line),
        sign_ins=[
            schemas.SignIn(**asdict(one), is_this_one=False)
            for one in sign_ins.sign_ins(user_id=user_id, now=clock.wall())
        ],
        acts=[schemas.PersonAct(**asdict(act)) for act in people_files.acts_about(user_id=user_id)],
    )


def _told(line: people_files.PersonLine) -> dict[str, Any]:
    told = asdict(line)
    return {"id": told.pop("user_id"), **told}
