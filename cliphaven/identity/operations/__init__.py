"""Opening the door: people and organisations are entered here, links are mailed, and whoever comes in is proved."""

from cliphaven.identity.operations.allowances import TooOften, use_allowance
from cliphaven.identity.operations.attempts import ATTEMPTS_WINDOW
from cliphaven.identity.operations.links import (
    LINK_LIFE,
    LINKS_PER_ADDRESS_MAX,
    AskedLink,
    ask_for_link,
    use_code,
    use_link,
)
from cliphaven.identity.operations.passwords import (
    PASSWORDS_PER_ADDRESS_MAX,
    count_password_attempt,
    person_by_password,
)
from cliphaven.identity.operations.people import (
    begin_creating,
    enter_person,
    found_organisation,
    lock_person,
    works_as_creator,
)
from cliphaven.identity.operations.refusals import SignInRefused, TooManyAttempts
from cliphaven.identity.operations.staff import enter_staff

__all__ = [
    "ATTEMPTS_WINDOW",
    "LINKS_PER_ADDRESS_MAX",
    "LINK_LIFE",
    "PASSWORDS_PER_ADDRESS_MAX",
    "AskedLink",
    "SignInRefused",
    "TooManyAttempts",
    "TooOften",
    "ask_for_link",
    "begin_creating",
    "count_password_attempt",
    "enter_person",
    "enter_staff",
    "found_organisation",
    "lock_person",
    "person_by_password",
    "use_allowance",
    "use_code",
    "use_link",
    "works_as_creator",
]
