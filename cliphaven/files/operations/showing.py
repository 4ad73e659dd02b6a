"""The bytes of a file that is shown."""

import hashlib
import logging
from uuid import UUID

from cliphaven.files.models import BroughtFile, FileState
from cliphaven.files.queries import NoSuchFile
from cliphaven.files.rules import MEASURES, Purpose
from cliphaven.foundation.transactions import no_transaction
from cliphaven.providers import storage

log = logging.getLogger(__name__)


@no_transaction
def content(*, file_id: UUID) -> bytes:
    """What is shown of a file, as we made it. Raises NoSuchFile, and ProviderFailed while the storage is down."""
    file = BroughtFile.objects.filter(id=file_id, state=FileState.READY).first()
    if file is None:
        raise NoSuchFile("There is no such file.")
    try:
        found = storage.read(key=file.kept_key, most_bytes=MEASURES[Purpose(file.purpose)].most_bytes * 2)
    except (storage.NothingThere, storage.TooLong) as error:
        raise NoSuchFile("There is no such file any more.") from error
    if hashlib.sha256(found).digest() != bytes(file.kept_sha256 or b""):
        log.error("What the storage has of the file %s is not what we made: it is not shown", file_id)
        raise NoSuchFile("There is no such file any more.")
    return found
