"""Inboxes, and how people want to hear of things."""

from cliphaven.notifications.queries.inboxes import Inbox, InboxLine, inbox, unread_count
from cliphaven.notifications.queries.leaving import UnsubscribeRefused, read_unsubscribing, unsubscribing
from cliphaven.notifications.queries.wishes import Stop, stop_of, wish_of, wishes_of

__all__ = [
    "Inbox",
    "InboxLine",
    "Stop",
    "UnsubscribeRefused",
    "inbox",
    "read_unsubscribing",
    "stop_of",
    "unread_count",
    "unsubscribing",
    "wish_of",
    "wishes_of",
]
