"""The shapes in which programs sign in, and what they are told of it."""

from datetime import datetime
from typing import Annotated, Literal, Self
from uuid import UUID

from ninja import Schema
from pydantic import ConfigDict, Field, StrictInt, StrictStr, model_validator

from cliphaven.foundation.shapes import Order

Address = Annotated[StrictStr, Field(min_length=3, max_length=254, examples=["ada@example.com"])]
Program = Annotated[
    StrictStr, Field(max_length=80, description="What you call yourself in the person's list of sign-ins.")
]
Secret = Annotated[StrictStr, Field(min_length=1, max_length=100)]


class PasswordOrder(Order):
    """A sign-in with address and password."""

    email: Address
    password: Annotated[StrictStr, Field(min_length=1, max_length=200)]
    program: Program = ""


class LinkOrder(Order):
    """A way in by mail."""

    email: Address


class AskedLink(Schema):
    """What to show with the code of the mail. It is the same for addresses that nobody lives at."""

    request: str


class CodeOrder(Order):
    """The code of the mail, with what was told when it was asked for."""

    request: Secret
    code: Annotated[StrictStr, Field(min_length=1, max_length=40, examples=["K7QF-3WMA"])]
    program: Program = ""


class RefreshOrder(Order):
    """The refresh token, which is used up by this."""

    refresh_token: Secret


class RevokeOrder(Order):
    """The token that shall be void: a refresh token with its whole sign-in, an access token alone."""

    token: Annotated[StrictStr, Field(min_length=1, max_length=2_048)]


class Tokens(Schema):
    """A pair of tokens. The access token goes into `Authorization: Bearer …`; the refresh token is good once."""

    token_type: str = "Bearer"  # noqa: S105  # the scheme's name
    access_token: str
    expires_in: Annotated[int, Field(description="Seconds for which the access token is good.", examples=[900])]
    refresh_token: str
    refresh_expires_at: datetime


class SecondFactorWanted(Schema):
    """The first factor was right, and this person has a second one: show a code of it with this ticket."""

    ticket: str
    expires_in: Annotated[int, Field(description="Seconds for which the ticket is good.", examples=[600])]


AFactorCode = Annotated[
    StrictStr,
    Field(
        min_length=1,
        max_length=40,
        description="What the authenticator app shows now, or a recovery code.",
        examples=["123456", "K7QF-3WMA-9XTB"],
    ),
]


class SecondFactorOrder(Order):
    """The second step of a sign-in."""

    ticket: Secret
    code: AFactorCode
    program: Program = ""


class ProofOrder(Order):
    """One proof: a code of a second factor, or the password of somebody who has none."""

    model_config = ConfigDict(
        json_schema_extra={
            "oneOf": [{"required": [name], "properties": {name: {"type": "string"}}} for name in ("code", "password")]
        }
    )

    code: AFactorCode | None = None
    password: Annotated[StrictStr, Field(min_length=1, max_length=200)] | None = None

    @model_validator(mode="after")
    def is_one(self) -> Self:
        """Two at once would leave open which one counts."""
        if (self.code is None) == (self.password is None):
            raise ValueError("give either code or password")
        return self


class Proved(Schema):
    """Until when nobody asks again."""

    expires_at: datetime


class ChosenPassword(Order):
    """A password: twelve characters or more, and none that many others have."""

    password: Annotated[StrictStr, Field(min_length=12, max_length=200)]


class AddressOrder(Order):
    """The address that you want to have."""

    email: Address


class AddressToken(Order):
    """What stands in the link of the mail to the new address, between the last two slashes."""

    token: Secret


class NewAddress(Schema):
    """Your address now."""

    email: str


class AppCode(Order):
    """What a new authenticator app shows now."""

    code: Annotated[StrictStr, Field(min_length=1, max_length=40, examples=["123456"])]


class Enrolment(Schema):
    """What an authenticator app is told."""

    secret: str
    address: Annotated[str, Field(description="An otpauth address, to be shown as a QR code.")]


class RecoveryCodes(Schema):
    """Codes that stand in for a lost factor, each once. They are not told again; empty where there are some already."""

    codes: list[str]


class Passkey(Schema):
    """A passkey; `is_synced` when it lives in a password manager."""

    id: UUID
    name: str
    is_synced: bool
    added_at: datetime
    used_at: datetime | None


class Factors(Schema):
    """What you have; `recovery_codes` counts those that are left."""

    has_password: bool
    app_since: datetime | None
    passkeys: list[Passkey]
    recovery_codes: int


class SecurityEvent(Schema):
    """One change in how you come in."""

    kind: str
    line: str
    detail: str
    origin: str
    noted_at: datetime


FaceName = Literal["creator", "sponsor", "staff"]
StaffRoleName = Literal["support", "risk", "finance", "admin"]


class Me(Schema):
    """Who asks, and where they belong. `organisation` and `member_role` are null for whoever belongs to none."""

    id: int
    name: str
    email: str
    role: Annotated[FaceName, Field(description="The first of `faces`.", examples=["creator"])]
    faces: Annotated[list[FaceName], Field(description="As whom they act: members of an organisation may also create.")]
    staff_roles: list[StaffRoleName]
    organisation: str | None
    member_role: str | None


class SignIn(Schema):
    """One way in that is open now: a browser's session, or a program's tokens."""

    id: UUID
    kind: Literal["browser", "program"]
    name: str
    started_at: datetime
    used_at: datetime
    ends_at: datetime
    is_this_one: bool


MemberRole = Literal["owner", "finance", "reviewer"]


class Member(Schema):
    """Somebody of the organisation."""

    id: int
    name: str
    email: str
    role: MemberRole


class OpenInvitation(Schema):
    """An invitation that can still be accepted."""

    id: int
    email: str
    role: MemberRole
    expires_at: datetime


class Organisation(Schema):
    """Who belongs to the organisation, and who is invited."""

    name: str
    members: list[Member]
    invitations: list[OpenInvitation]


class InvitationOrder(Order):
    """Whom to invite, and as what."""

    email: Annotated[
        StrictStr, Field(max_length=254, pattern=r"^[^@\s,]+@[^@\s,]+\.[^@\s,]+$", examples=["cleo@example.com"])
    ]
    role: MemberRole


class RoleOrder(Order):
    """What a member may do from now on."""

    role: MemberRole


class AcceptOrder(Order):
    """The last part of the mailed address."""

    token: Secret


class PersonAct(Schema):
    """What the staff did to somebody's account; `by` is empty where it was said on the machine itself."""

    deed: Annotated[str, Field(description="granted, withdrawn, signed_out, switched_off or switched_on")]
    role: Literal["support", "risk", "finance", "admin", ""]
    reason: str
    by: str
    acted_at: datetime


class Person(Schema):
    """Somebody, as the staff sees them."""

    id: int
    name: str
    email: str
    is_staff: bool
    is_active: bool
    organisation: str
    staff_roles: list[StaffRoleName]
    created_at: datetime


class WholePerson(Person):
    """Somebody, with where they are signed in, and what was done to their account."""

    sign_ins: list[SignIn]
    acts: list[PersonAct]


Why = Annotated[StrictStr, Field(min_length=1, max_length=500, description="It stays with the account for ever.")]


class ReasonOrder(Order):
    """Why it is done."""

    reason: Why


class StaffRoleOrder(ReasonOrder):
    """Which role of the staff, and why."""

    role: StaffRoleName


class EmployOrder(StaffRoleOrder):
    """Somebody new of the staff."""

    email: Annotated[StrictStr, Field(max_length=254, pattern=r"^[^@\s,]+@[^@\s,]+\.[^@\s,]+$")]
    name: Annotated[StrictStr, Field(min_length=1, max_length=80)]


ScopeName = Literal["read", "submit", "money", "members"]


class ApiKey(Schema):
    """A key, without what opens anything; `shown` is how it begins."""

    id: UUID
    name: str
    shown: Annotated[str, Field(examples=["chk_q3Zk0V7d"])]
    face: FaceName
    organisation: str
    made_by: str
    scopes: list[ScopeName]
    made_at: datetime
    expires_at: datetime
    used_at: datetime | None
    revoked_at: datetime | None
    is_good: bool


class KeyOrder(Order):
    """What a key is called, as whom it acts, what it is good for, and for how long."""

    name: Annotated[StrictStr, Field(min_length=1, max_length=80, examples=["Nightly report"])]
    face: FaceName
    scopes: Annotated[list[ScopeName], Field(min_length=1, max_length=4)]
    days: Annotated[StrictInt, Field(ge=1, le=365)] = 90


class MadeKey(Schema):
    """A new key: show it as `Authorization: Bearer chk_…`. The secret is told here once."""

    id: UUID
    secret: str
