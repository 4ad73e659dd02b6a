"""For whom a door is, and with which face somebody comes through it."""

import uuid
from collections.abc import Callable
from typing import Protocol, cast

from django.http import Http404, HttpRequest

from cliphaven.foundation.errors import Refused
from cliphaven.identity import queries
from cliphaven.identity.models import Organisation, StaffRole, User
from cliphaven.identity.queries import Face, Faces, sign_ins
from cliphaven.identity.queries.keys import KeyBearer
from cliphaven.identity.rules.digests import session_digest
from cliphaven.identity.rules.limits import Standing

SUPPORT, RISK, FINANCE, ADMIN = StaffRole.SUPPORT, StaffRole.RISK, StaffRole.FINANCE, StaffRole.ADMIN
"""Roles of the staff, for doors to name."""
FACE = "face"  # under this name a session keeps the one seen last
FINANCE_MOVES = "Only owners and finance may move the organisation's money"


class SignedInRequest(HttpRequest):
    """A request of a signed-in person; `face` is the one with which they came through the guard."""

    user: User
    faces: Faces
    face: Face


class ProgramRequest(SignedInRequest):
    """A request of a program, which showed a token of this sign-in, or a key."""

    family_id: uuid.UUID
    key: KeyBearer


class CountedRequest(HttpRequest):
    """A request of the API: `count_caller` hears by whom it is, and raises TooOften; `standing` is where they stand."""

    count_caller: Callable[[str], None]
    standing: Standing


class SponsorRequest(SignedInRequest):
    """A request of a member of an organisation."""

    organisation: Organisation
    role: str
    may_move_money: bool
    is_owner: bool


class NotFinance(Refused):
    """A reviewer may look at the organisation's money, and not move it."""

    code = "not_finance"


class NotStaff(Refused):
    """One of the staff without the role that this needs, which the sentence names."""

    code = "not_staff"


class Admission(Protocol):
    """Whom a door is for: answers the face with which somebody comes in, None for others."""

    def __call__(self, faces: Faces) -> Face | None:
        """The face, or None; raises a Refused for people who are told what is missing."""


def anybody(faces: Faces) -> Face | None:
    """Whoever is in."""
    return faces.first


def creators(faces: Faces) -> Face | None:
    """Creators, who may belong to an organisation besides."""
    return Face.CREATOR if faces.creates else None


def members(faces: Faces) -> Face | None:
    """Members of an organisation."""
    return Face.SPONSOR if faces.belonging is not None else None


def creators_or_members(faces: Faces) -> Face | None:
    """Creators and members of an organisation; not the staff."""
    return None if faces.is_staff else faces.first


def finance(faces: Faces) -> Face | None:
    """Owners and finance; raises NotFinance for a reviewer, who is told so."""
    if faces.belonging is not None and not faces.belonging.may_move_money:
        raise NotFinance(FINANCE_MOVES)
    return members(faces)


def owners(faces: Faces) -> Face | None:
    """Owners; raises queries.NotAnOwner for other members, who are told so."""
    if faces.belonging is not None and not faces.belonging.is_owner:
        raise queries.NotAnOwner(queries.OWNERS_SAY)
    return members(faces)


def staff_in(*roles: StaffRole) -> Admission:
    """For staff in one of these roles, or in any; raises NotStaff for others of the staff, who are told so."""

    def admits(faces: Faces) -> Face | None:
        if not faces.is_staff:
            return None
        if refusal := faces.refusal(*roles):
            raise NotStaff(refusal)
        return Face.STAFF

    return admits


def faces_of(request: HttpRequest) -> Faces:
    """Who the signed-in person of this request is; asked of the database once."""
    known = cast(SignedInRequest, request)
    if getattr(request, "faces", None) is None or known.faces.user != known.user:
        known.faces = queries.faces_of(known.user)
    return known.faces


def face_of(request: HttpRequest) -> Face:
    """The face that the menu of a page shows: the page's own, else the one whose page was seen last."""
    last = request.session.get(FACE)
    faces = faces_of(request)
    return getattr(request, "face", None) or next((one for one in faces.all if one == last), faces.first)


def worn(request: SignedInRequest) -> SignedInRequest:
    """Pages for all people go on with the face of the page before; only who has two has to be asked."""
    if len(request.faces.all) > 1 and request.session.get(FACE) != request.face:
        request.session[FACE] = str(request.face)
    return request


def admitted(request: HttpRequest, admits: Admission) -> SignedInRequest:
    """The request as its door finds it. Raises Http404 for people for whom the door is not."""
    known = cast(SponsorRequest, request)
    faces = faces_of(request)
    face = admits(faces)
    if face is None:
        raise Http404
    known.face = face
    if faces.belonging is not None:
        known.organisation, known.role = faces.belonging.organisation, faces.belonging.role
        known.may_move_money, known.is_owner = faces.belonging.may_move_money, faces.belonging.is_owner
    return known


def signed_in_organisation_id(request: HttpRequest) -> int:
    """The id of the organisation of the member whom a guard has let in."""
    return cast(SponsorRequest, request).organisation.id


def signed_in_id(request: HttpRequest) -> int:
    """The id of the person whom a guard has let in."""
    return cast(SignedInRequest, request).user.id


def program_sign_in(request: HttpRequest) -> uuid.UUID | None:
    """The sign-in whose token was shown; None where a session asks."""
    return getattr(request, "family_id", None)


def this_sign_in(request: HttpRequest) -> uuid.UUID | None:
    """The sign-in by which this request comes, as it stands in the person's list: a program's, or a browser's.

    None where a key was shown, whatever cookies came along: what asks for a fresh proof is not for keys.
    """
    if getattr(request, "key", None) is not None:
        return None
    return program_sign_in(request) or sign_ins.session_id(key_sha256=session_digest(request.session.session_key or ""))
