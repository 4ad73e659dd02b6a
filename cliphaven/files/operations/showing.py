"""The bytes of a file that is shown."""

from uuid import UUID

from cliphaven.files.models import BroughtFile, FileState
from cliphaven.files.queries import NoSuchFile
from cliphaven.files.rules import MEASURES, Purpose
from cliphaven.foundation.transactions import no_transaction
from cliphaven.providers import storage


@no_transaction
def content(*, file_id: UUID) -> bytes:
    """What is shown of a file. Raises NoSuchFile, and ProviderFailed when the storage does not answer."""
    file = BroughtFile.objects.filter(id=file_id, state=FileState.READY).first()
    if file is None:
        raise NoSuchFile("There is no such file.")
    try:
        return storage.read(key=file.kept_key, most_bytes=MEASURES[Purpose(file.purpose)].most_bytes * 2)
    except (storage.NothingThere, storage.TooLong) as error:
        raise NoSuchFile("There is no such file any more.") from error
