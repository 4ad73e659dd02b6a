"""What happens to a file is written down with it."""

from datetime import datetime
from uuid import UUID

from cliphaven.files.models import FileDeed, FileEvent
from cliphaven.foundation.transactions import joined_transaction


@joined_transaction
def note(*, file_id: UUID, deed: FileDeed, actor_id: int | None, now: datetime, detail: str = "") -> None:
    """Write down what happened to a file; `actor_id` is who did it, None the house itself."""
    FileEvent.objects.create(file_id=file_id, deed=deed, actor_id=actor_id, detail=detail, happened_at=now)
