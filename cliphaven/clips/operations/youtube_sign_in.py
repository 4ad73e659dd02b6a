"""Proving a YouTube channel by signing in at Google, which then names the channel itself. No code, no bio."""

import hashlib
import secrets
from datetime import datetime

from cliphaven.clips.models import Channel, ChannelCheck, ChannelState, CheckOutcome
from cliphaven.clips.operations import proving
from cliphaven.clips.operations.channels import CHANNELS_MAX
from cliphaven.clips.rules import ownership
from cliphaven.foundation.errors import Outcome, ProviderFailed, Refused
from cliphaven.foundation.transactions import no_transaction, own_transaction
from cliphaven.identity import operations as identity
from cliphaven.providers import google
from cliphaven.providers.readings import ProfileReading


class SignInFailed(Refused):
    """Google did not name a channel that could become the creator's."""

    code = "youtube_sign_in_failed"


@no_transaction
def begin(*, redirect_uri: str) -> tuple[str, google.Question]:
    """Where to send the creator, and what must be known of it when they come back. Raises SignInFailed if off."""
    if not google.is_switched_on():
        raise SignInFailed("Signing in at YouTube is not set up here: prove the channel by a code in its bio.")
    question = google.new_question()
    return google.from_settings().consent_address(question, redirect_uri=redirect_uri), question


@no_transaction
def finish(*, creator_id: int, code: str, question: google.Question, redirect_uri: str, now: datetime) -> list[str]:
    """Bind the channels that Google names to the creator who came back with `code`; answers their handles.

    Raises SignInFailed with what to do instead, and nothing is bound then.
    """
    try:
        owned = google.from_settings().own_channels(code=code, question=question, redirect_uri=redirect_uri)
    except ProviderFailed as failure:
        if failure.outcome is Outcome.DEFINITE:
            raise SignInFailed("Google did not let us see your channel. Start again, and allow it there.") from failure
        raise SignInFailed("Google did not answer. Try again in a minute.") from failure
    if not owned.readings:
        raise SignInFailed("There is no YouTube channel in this Google account. Choose the account that has it.")
    digest = hashlib.sha256(owned.raw).digest()
    outcomes = {
        reading.handle or reading.author_id: _bind(creator_id=creator_id, reading=reading, digest=digest, now=now)
        for reading in owned.readings[:CHANNELS_MAX]
    }
    bound = [handle for handle, outcome in outcomes.items() if outcome is CheckOutcome.SIGNED_IN]
    if not bound:
        raise SignInFailed("Somebody else proved this channel before. Write to us if it is yours.")
    return bound


@own_transaction
def _bind(*, creator_id: int, reading: ProfileReading, digest: bytes, now: datetime) -> CheckOutcome:
    identity.works_as_creator(user_id=creator_id)
    channel = _entered(creator_id, reading, now)
    kept = ChannelCheck(
        channel_id=channel.id,
        creator_id=creator_id,
        platform="youtube",
        asked_for="mine",
        author_id=reading.author_id,
        handle=reading.handle,
        bio=reading.bio,
        raw_sha256=digest,
        source=google.SOURCE,
        checked_at=now,
    )
    kept.outcome = proving.bind(
        channel=channel,
        author_id=reading.author_id,
        handle=channel.handle,
        bio=reading.bio,
        now=now,
        outcome=CheckOutcome.SIGNED_IN,
    )
    kept.save()
    return CheckOutcome(kept.outcome)


def _entered(creator_id: int, reading: ProfileReading, now: datetime) -> Channel:
    """The creator's row of this channel: proved, or entered under its handle or id; made if there is none."""
    mine = Channel.objects.select_for_update().filter(creator_id=creator_id, platform="youtube")
    known = mine.filter(author_id=reading.author_id, state=ChannelState.VERIFIED).first()
    handle = reading.handle or reading.author_id
    same_name = mine.filter(handle__iexact=handle).first()
    if known is not None:
        if same_name is None:
            known.handle = handle
        return known
    if same_name is not None and same_name.state != ChannelState.VERIFIED:
        return same_name
    if same_name is not None:
        handle = reading.author_id  # another channel of theirs was proved under this name
    by_id = mine.filter(handle__iexact=reading.author_id).exclude(state=ChannelState.VERIFIED).first()
    if by_id is not None:
        by_id.handle = handle
        return by_id
    if Channel.objects.filter(creator_id=creator_id).count() >= CHANNELS_MAX:
        raise SignInFailed(f"You can add {CHANNELS_MAX} channels at most.")
    return Channel.objects.create(
        creator_id=creator_id,
        platform="youtube",
        handle=handle,
        code=ownership.new_code(secrets.choice),
        code_expires_at=now + ownership.CODE_LIVES,
        added_at=now,
    )
