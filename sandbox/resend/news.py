"""What became of a mail, told to the house by signed letters (Standard Webhooks, as Svix sends them for Resend).

As with Resend's own addresses for trying this, the name before the @ decides: `bounced`, `complained` and `suppressed`,
also with a `+label`. Every other mail is delivered, and nobody is told.
"""

import base64
import hashlib
import hmac
import json
import time
from typing import Final

import httpx2

from sandbox.store import Json
from sandbox.world import World

KIND: Final = "resend:letter"
FATES: Final = ("bounced", "complained", "suppressed")
TIMEOUT_SECONDS: Final = 20.0
# A letter that is refused is tried again after 1, 2, 4 … seconds of the wall, so many times.
TRIES_MAX: Final = 8


def note(world: World, mail: Json) -> None:
    """Decide what becomes of a mail that was taken; a letter about it waits where there is something to tell."""
    fate = next((fate for address in mail["to"] if (fate := _fate(address)) is not None), None)
    if fate is None or world.config.resend_webhook_url is None:
        return
    event_id = f"msg_{mail['id'].replace('-', '')}"
    world.store.put(KIND, event_id, {"id": event_id, "tries": 0, "not_before": 0.0, "body": _body(mail, fate)})


async def tick(world: World) -> None:
    """Carry the letters that are due."""
    due = [letter for letter in world.store.all(KIND) if letter["not_before"] <= time.time()]
    if not due:
        return
    async with httpx2.AsyncClient(timeout=TIMEOUT_SECONDS, trust_env=False) as client:
        for letter in due:
            await _carry(world, client, letter)


def signature(*, event_id: str, moment: int, body: bytes, secret: str) -> str:
    """The `svix-signature` of a letter: HMAC-SHA256 over "id.moment.body" under the base64 after `whsec_`."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = hmac.new(key, f"{event_id}.{moment}.".encode() + body, hashlib.sha256).digest()
    return f"v1,{base64.b64encode(signed).decode()}"


async def _carry(world: World, client: httpx2.AsyncClient, letter: Json) -> None:
    body, moment = letter["body"].encode(), int(time.time())
    headers = {
        "Content-Type": "application/json",
        "svix-id": letter["id"],
        "svix-timestamp": str(moment),
        "svix-signature": signature(
            event_id=letter["id"], moment=moment, body=body, secret=world.config.resend_webhook_secret
        ),
    }
    try:
        answer = await client.post(str(world.config.resend_webhook_url), content=body, headers=headers)
        is_taken = answer.is_success
    except httpx2.HTTPError:
        is_taken = False
    tries = letter["tries"] + 1
    if is_taken or tries >= TRIES_MAX:
        world.store.delete(KIND, letter["id"])
        return
    world.store.put(KIND, letter["id"], {**letter, "tries": tries, "not_before": time.time() + 2.0 ** (tries - 1)})


def _fate(address: str) -> str | None:
    name = address.rsplit("<", 1)[-1].partition("@")[0].partition("+")[0].strip().lower()
    return name if name in FATES else None


def _body(mail: Json, fate: str) -> str:
    data: Json = {
        "email_id": mail["id"],
        "created_at": mail["created_at"],
        "from": mail["from"],
        "to": mail["to"],
        "subject": mail["subject"],
    }
    if fate == "bounced":
        data["bounce"] = {"type": "Permanent", "subType": "General", "message": "There is no such mailbox."}
    return json.dumps({"type": f"email.{fate}", "created_at": mail["created_at"], "data": data})
