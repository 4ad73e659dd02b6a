"""What the house wrote down for people and for later: that each message has its cause, once, and no text a secret."""

import re
from collections.abc import Iterator, Mapping

from django.conf import settings
from django.db import connection

from cliphaven.backoffice.rules.leaks import leaks
from cliphaven.ledger import queries as books

FAILURES_SHOWN_MAX = 100
SECRETS = (
    "SECRET_KEY",
    "STRIPE_API_KEY",
    "STRIPE_WEBHOOK_SECRET",
    "STRIPE_CONNECT_WEBHOOK_SECRET",
    "APIFY_TOKEN",
    "YOUTUBE_API_KEY",
    "RESEND_API_KEY",
)
# Whatever is kept of jobs, mails, letters, vendors' words, and of what people did.
TEXTS: Mapping[str, tuple[str, ...]] = {
    "procrastinate_jobs": ("args::text",),
    "notifications_message": ("subject", "text", "case when state = 'queued' then '' else link end"),
    "webhooks_providerevent": ("event_type", "object_id", "outcome"),
    "campaigns_deposit": ("review_reason",),
    "campaigns_refund": ("failure_sentence",),
    "campaigns_moneyinact": ("note",),
    "payouts_transfer": ("failure_sentence",),
    "payouts_bankpayout": ("failure_sentence",),
    "payouts_transferreversal": ("failure_sentence", "reason", "closing_note"),
    "payouts_bankaccount": ("name",),
    "payouts_staffact": ("reason",),
    "earnings_earningact": ("note",),
    "fraud_caseevent": ("note",),
    "fraud_appeal": ("text", "file_name", "decision_note"),
    "fraud_analyticsrequest": ("text", "file_name"),
    "earnings_creditnote": ("cause",),
    "files_broughtfile": ("said_name",),
    "backoffice_correction": ("reason", "decision_reason"),
    "backoffice_reconciliationrun": ("problem",),
    "tracking_vendorcall": ("failure",),
    "clips_lookup": ("failure",),
}
# A mailed link that opens the door. It may stand in the mail, and until that is sent in the message; nowhere else.
_WAY_IN = re.compile(r"/sign-in/link/[A-Za-z0-9_-]{16,}")

# Keys of messages are `what:number…`; each number is a row of this table, and with a condition it is in that state.
CAUSES: Mapping[str, tuple[str, str]] = {
    "bank-payout:%:paid": ("payouts_bankpayout", "paid_at is not null"),
    "bank-payout:%:failed": ("payouts_bankpayout", "failed_at is not null"),
    "transfer:%:reversed": ("payouts_transfer", "true"),
    "clip:%": ("clips_clip", "true"),
    "hold\\_extension:%": ("earnings_holdextension", "true"),
    "release:%": ("earnings_hold", "ended_at is not null"),
    "reversal:%": ("earnings_earningreversal", "true"),
    "decided\\_against:%": ("fraud_riskcase", "decided_at is not null"),
    "analytics:%": ("fraud_analyticsrequest", "true"),
    "appeal:%:decided": ("fraud_appeal", "outcome <> ''"),
    "payout-pause:%": ("payouts_payoutpause", "true"),
    "correction:%": ("backoffice_correction", "true"),
    "batch:%": ("payouts_batch", "true"),
    "file:%": ("files_broughtfile", "state = 'refused'"),
}
_MESSAGES, _JOBS = "notifications_message", "procrastinate_jobs"
_TWICE = """
select user_id, key, count(*) from notifications_message where id > %s
 group by user_id, key having count(*) > 1 order by user_id, key limit %s"""

# A job that sends a message is deferred with it: without the message, something was undone and somebody is told of it.
_OF_NOTHING = """
select j.id, j.args->>'message_id' from procrastinate_jobs j
 where j.task_name = 'notifications.send' and j.id > %s
   and not exists (select from notifications_message m where m.id::text = j.args->>'message_id')
 order by j.id limit %s"""


def _messages_have_their_cause(look: books.Look) -> books.Check:
    """Nobody is told twice of one thing by one way, and nobody of what did not happen."""
    with connection.cursor() as cursor:
        after = {table: _older_than_newest(table, look.limits.rows_max) for table in (_MESSAGES, _JOBS)}
        cursor.execute(f"select count(*) from {_MESSAGES} where id > %s", [after[_MESSAGES]])  # nosec B608  # noqa: S608  # a constant
        [looked_at] = cursor.fetchone()
        cursor.execute(_TWICE, [after[_MESSAGES], FAILURES_SHOWN_MAX])
        failures = [f"user {user_id} is told {times} times of {key}" for user_id, key, times in cursor.fetchall()]
        cursor.execute(_OF_NOTHING, [after[_JOBS], FAILURES_SHOWN_MAX])
        failures += [f"job {id_} sends message {message}, which there is not" for id_, message in cursor.fetchall()]
        for shape, (table, condition) in CAUSES.items():
            cursor.execute(
                f"select m.id, m.key from {_MESSAGES} m where m.id > %s and m.key like %s and not exists ("  # nosec B608  # noqa: S608  # only the names above
                f"select from {table} c where c.id::text = split_part(m.key, ':', 2) and {condition})"
                " order by m.id limit %s",
                [after[_MESSAGES], shape, FAILURES_SHOWN_MAX],
            )
            failures += [f"message {id_} tells of {key}, which did not happen" for id_, key in cursor.fetchall()]
    return _check("each message has its cause and comes once", int(looked_at), failures)


def _older_than_newest(table: str, newest: int | None) -> int:
    """The id after which the newest rows of a table begin; 0 for all of them."""
    if newest is None:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(f"select coalesce(max(id), 0) from {table}")  # nosec B608  # noqa: S608  # only the names above
        [highest] = cursor.fetchone()
    return max(0, int(highest) - newest)


def _nothing_tells_a_secret(look: books.Look) -> books.Check:
    """No key or token of ours, and no whole number of a card or a bank account, is in anything that is kept."""
    secrets = known_secrets()
    failures: list[str] = []
    looked_at = 0
    for table, columns in TEXTS.items():
        for row_id, text in _texts(table, columns, newest=look.limits.rows_max):
            looked_at += 1
            failures += [f"row {row_id} of {table} holds {what}" for what in leaks(text, secrets=secrets)]
            failures += [f"row {row_id} of {table} holds a way in"] * bool(_WAY_IN.search(text))
    return _check("no secret is written down", looked_at, failures)


def known_secrets() -> dict[str, str]:
    """The house's secrets by the names of their settings."""
    of_vendors = {
        "S3_SECRET_ACCESS_KEY": str(settings.STORAGE["secret"]),
        "POSTHOG_PERSONAL_KEY": str(settings.POSTHOG["personal_key"]),
    }
    return {name: str(getattr(settings, name, "")) for name in SECRETS} | of_vendors


def _texts(table: str, columns: tuple[str, ...], *, newest: int | None) -> Iterator[tuple[int, str]]:
    text = ", ".join(columns)
    with connection.cursor() as cursor:
        cursor.execute(
            f"select id, concat_ws(E'\\n', {text}) from {table} order by id desc limit %s",  # nosec B608  # noqa: S608  # only the names above
            [newest],
        )
        while rows := cursor.fetchmany(1_000):
            yield from rows


def _check(name: str, looked_at: int, failures: list[str]) -> books.Check:
    return books.Check(name=name, looked_at=looked_at, failures=tuple(failures[:FAILURES_SHOWN_MAX]))


QUESTIONS = (
    books.Question(
        name="each message has its cause and comes once",
        reads=frozenset({"notifications_message"}),
        ask=_messages_have_their_cause,
    ),
    books.Question(
        name="no secret is written down",
        # What vendors say of a failure, and what is put off for later, are the likeliest places.
        reads=frozenset({"notifications_message", "tracking_vendorcall", "clips_lookup"}),
        ask=_nothing_tells_a_secret,
    ),
)
