"""Users, the organisations of sponsors, and all by which people and their programs come in."""

from cliphaven.identity.models.addresses import AddressChange
from cliphaven.identity.models.entry import Allowance, MagicLink, SignInAttempt
from cliphaven.identity.models.factors import (
    Ceremony,
    CeremonyPurpose,
    Passkey,
    PendingSignIn,
    RecoveryCode,
    SecurityEvent,
    Totp,
)
from cliphaven.identity.models.keys import ApiKey
from cliphaven.identity.models.limits import RateWindow
from cliphaven.identity.models.organisations import Invitation
from cliphaven.identity.models.people import Membership, Organisation, Role, User
from cliphaven.identity.models.sessions import BrowserSession
from cliphaven.identity.models.staff import PersonAct, PersonDeed, StaffGrant, StaffRole
from cliphaven.identity.models.tokens import EndedFor, RefreshToken, RevokedToken, TokenFamily

__all__ = [
    "AddressChange",
    "Allowance",
    "ApiKey",
    "BrowserSession",
    "Ceremony",
    "CeremonyPurpose",
    "EndedFor",
    "Invitation",
    "MagicLink",
    "Membership",
    "Organisation",
    "Passkey",
    "PendingSignIn",
    "PersonAct",
    "PersonDeed",
    "RateWindow",
    "RecoveryCode",
    "RefreshToken",
    "RevokedToken",
    "Role",
    "SecurityEvent",
    "SignInAttempt",
    "StaffGrant",
    "StaffRole",
    "TokenFamily",
    "Totp",
    "User",
]
