"""Doors of the API for people who bring a file: that it was sent, and how far it is."""

from uuid import UUID

from django.http import HttpRequest
from ninja import Router

from cliphaven.files import queries, schemas
from cliphaven.files.operations import arriving
from cliphaven.foundation import clock
from cliphaven.foundation.shapes import NOBODY
from cliphaven.identity.guards import AS_ANYBODY, signed_in_id

MINE = Router(auth=AS_ANYBODY, tags=["Your files"])


@MINE.get("/files/{uuid:file_id}", response={200: schemas.FileNow, **NOBODY}, url_name="api_file")
def file_now(request: HttpRequest, file_id: UUID) -> schemas.FileNow:
    """How far a file is that you asked to bring."""
    return schemas.file_now(queries.own_file(file_id=file_id, person_id=signed_in_id(request)))


@MINE.post("/files/{uuid:file_id}/arrived", response={200: schemas.FileNow, **NOBODY}, url_name="api_file_arrived")
def file_arrived(request: HttpRequest, file_id: UUID) -> schemas.FileNow:
    """Say that you have sent it, so that it is looked at now; a minute later it would be found anyhow."""
    arriving.note_arrival(file_id=file_id, person_id=signed_in_id(request), now=clock.wall())
    return schemas.file_now(queries.own_file(file_id=file_id, person_id=signed_in_id(request)))
