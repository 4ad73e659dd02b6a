"""What lies in people's mailboxes at rest: each mail is a message of the house, sent once, and tells no secret."""

from collections import Counter
from collections.abc import Iterator

from django.db import connection

from cliphaven.backoffice.queries import at_rest
from simulator.judge import Finding
from simulator.outside import OutsideWorld

_MESSAGES = """
select lower(coalesce(nullif(m.address, ''), u.email)), m.subject, m.text
  from notifications_message m join identity_user u on u.id = m.user_id
 order by m.id"""


def wrong(world: OutsideWorld) -> Iterator[Finding]:
    """Everything in the mailboxes that must not be there: what no message says, what came twice, secrets."""
    mails = world.mails()
    copies = Counter(
        (address.lower(), mail["subject"], _plain(mail["text"])) for mail in mails for address in mail["to"]
    )
    with connection.cursor() as cursor:
        cursor.execute(_MESSAGES)
        messages = [(email, subject, _plain(text)) for email, subject, text in cursor.fetchall()]
    for (address, subject, text), times in copies.items():
        meant = sum(1 for email, about, said in messages if (email, about) == (address, subject) and said in text)
        if times > meant:
            yield Finding("I23", f'{address} got {times} mails "{subject}", of which {meant} were to be sent')
    leaking = at_rest.tells_no_secret(mail["text"] for mail in mails)
    for failure in leaking.failures:
        yield Finding("I26", f"of all mails, {failure}")


def _plain(text: str) -> str:
    return " ".join(text.split())
