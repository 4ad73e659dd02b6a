"""Messages: queued with the rows they speak of, read in the inbox, sent by mail as their reader wants it."""

from cliphaven.notifications.operations.reading import mark_all_read, mark_read
from cliphaven.notifications.operations.sending import queue_message, send_message, sweep_messages
from cliphaven.notifications.operations.stopping import NotKnownYet, lift_stop, stop_address
from cliphaven.notifications.operations.summaries import send_summaries
from cliphaven.notifications.operations.wishing import say_wish, unsubscribe

__all__ = [
    "NotKnownYet",
    "lift_stop",
    "mark_all_read",
    "mark_read",
    "queue_message",
    "say_wish",
    "send_message",
    "send_summaries",
    "stop_address",
    "sweep_messages",
    "unsubscribe",
]
