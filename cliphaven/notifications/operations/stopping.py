"""Addresses that take no mail of ours: found out by the vendor's letters, lifted by their owner."""

from datetime import datetime

from cliphaven.foundation.errors import Outcome, ProviderFailed
from cliphaven.foundation.transactions import own_transaction
from cliphaven.notifications.models import Message, MessageState, StoppedAddress


class NotKnownYet(ProviderFailed):
    """A letter came before the answer to the mail it is about: look again in a moment."""

    def __init__(self) -> None:
        """Nothing was done."""
        super().__init__("No mail of ours has this name yet.", outcome=Outcome.NOT_EXECUTED, code="mail_not_known_yet")


@own_transaction
def stop_address(*, provider_id: str, because: str, now: datetime) -> None:
    """Mail nothing more to whoever this mail went to: it bounced, they complained, or the vendor holds mail back.

    What waits for a day's letter stands in the inbox alone. Raises NotKnownYet when there is no such mail of ours.
    """
    message = Message.objects.filter(provider_id=provider_id).only("id", "user_id", "address", "sent_to").first()
    if message is None or not message.sent_to:
        raise NotKnownYet
    StoppedAddress.objects.bulk_create(
        [StoppedAddress(address=message.sent_to, because=because, provider_id=provider_id, stopped_at=now)],
        ignore_conflicts=True,
    )
    if not message.address:  # not their own: it says nothing about the mail that waits for them
        Message.objects.filter(user_id=message.user_id, state=MessageState.COLLECTED).update(state=MessageState.STOPPED)


@own_transaction
def lift_stop(*, address: str, now: datetime) -> None:
    """Mail goes to this address again, because its owner says that it arrives; another bounce stops it once more."""
    StoppedAddress.objects.filter(address=address, lifted_at=None).update(lifted_at=now)
