"""Messages: queued with the rows they speak of, read in the inbox, sent by mail as their reader wants it."""

from cliphaven.notifications.operations.reading import mark_all_read, mark_read
from cliphaven.notifications.operations.sending import (
    forget_former_addresses,
    queue_message,
    send_message,
    sweep_messages,
    tell_former_address,
)
from cliphaven.notifications.operations.stopping import NotKnownYet, lift_stop, stop_address
from cliphaven.notifications.operations.summaries import send_summaries
from cliphaven.notifications.operations.wishing import say_wish, unsubscribe

__all__ = [
    "NotKnownYet",
    "forget_former_addresses",
    "lift_stop",
    "mark_all_read",
    "mark_read",
    "queue_message",
    "say_wish",
    "send_message",
    "send_summaries",
    "stop_address",
    "sweep_messages",
    "tell_former_address",
    "unsubscribe",
]
