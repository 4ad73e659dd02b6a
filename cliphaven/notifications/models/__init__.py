"""Messages to people, how they want to have them, and where mail does not arrive."""

from cliphaven.notifications.models.messages import Message, MessageState
from cliphaven.notifications.models.wishes import MailWish, StoppedAddress

__all__ = ["MailWish", "Message", "MessageState", "StoppedAddress"]
