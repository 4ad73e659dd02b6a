"""The columns of an item that leaves by a vendor's hand. Each room adds its own to them: whose, how much, to where."""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from typing import Any, ClassVar

from django.db import models


class OutgoingItem(models.Model):
    """One wish that a vendor is told once. The row stands before the call, and its key follows from frozen columns.

    A room that derives from it names its states: `READY`, in which a fresh one waits, `sending`, `unknown` and
    `needs_review`, and those of its own. `EDGES` lists every step from one to another; nothing else is ever walked.
    """

    READY: ClassVar[str]
    EDGES: ClassVar[Mapping[Any, AbstractSet[str]]]

    state = models.CharField(max_length=20)
    # Every state it has been in, in order and between spaces; a trigger of each table writes it, and nobody else can.
    steps = models.TextField(blank=True, default="", editable=False)
    # Part of the key. It rises only when the vendor provably made nothing of the one before.
    attempt = models.PositiveIntegerField(default=1)
    tries = models.PositiveIntegerField(default=0)
    # When there is next something to do.
    due_at = models.DateTimeField()
    # Who holds the item now, to send it or to look it up; a worker that finds another moment here was overtaken.
    claimed_at = models.DateTimeField(null=True)
    # When its present key was first used; None while it never was.
    first_sent_at = models.DateTimeField(null=True)
    # Looking up leaves this alone: what is absent was not sent only when this is long ago.
    last_claimed_to_send_at = models.DateTimeField(null=True)
    # When it was first found absent.
    looked_up_at = models.DateTimeField(null=True)
    stripe_id = models.CharField(max_length=64, unique=True, null=True)
    failure_code = models.CharField(max_length=64, blank=True)
    failure_sentence = models.CharField(max_length=300, blank=True)

    class Meta:
        abstract = True
