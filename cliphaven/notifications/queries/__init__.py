"""Inboxes, and how people want to hear of things."""

from cliphaven.notifications.queries.inboxes import Inbox, InboxLine, inbox, unread_count
from cliphaven.notifications.queries.wishes import Stop, stop_of, wish_of, wishes_of

__all__ = ["Inbox", "InboxLine", "Stop", "inbox", "stop_of", "unread_count", "wish_of", "wishes_of"]
