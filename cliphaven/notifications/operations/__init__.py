"""Messages: queued with the rows they speak of, read in the inbox, sent by mail as their reader wants it."""

from cliphaven.notifications.operations.digests import send_digests
from cliphaven.notifications.operations.reading import mark_all_read, mark_read
from cliphaven.notifications.operations.sending import queue_message, send_message, sweep_messages
from cliphaven.notifications.operations.stopping import NotKnownYet, lift_stop, stop_address
from cliphaven.notifications.operations.wishing import (
    UnsubscribeRefused,
    read_unsubscribing,
    say_wish,
    unsubscribe,
)

__all__ = [
    "NotKnownYet",
    "UnsubscribeRefused",
    "lift_stop",
    "mark_all_read",
    "mark_read",
    "queue_message",
    "read_unsubscribing",
    "say_wish",
    "send_digests",
    "send_message",
    "stop_address",
    "sweep_messages",
    "unsubscribe",
]
