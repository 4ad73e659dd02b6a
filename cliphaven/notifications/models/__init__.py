"""Messages to people, how they want to have them, and where mail does not arrive."""

from cliphaven.notifications.models.messages import Message, MessageState
from cliphaven.notifications.models.wishes import FormerAddress, MailWish, StoppedAddress

__all__ = ["FormerAddress", "MailWish", "Message", "MessageState", "StoppedAddress"]
