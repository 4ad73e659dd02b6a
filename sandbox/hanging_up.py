"""Ending a connection in the middle of things, which ASGI has no word for."""

import asyncio

from starlette.types import Send


async def hang_up(send: Send) -> None:
    """Close the connection without a byte of answer, so that real clients see a broken transport.

    ASGI has no word for this. Uvicorn's `send` is a method of the object that holds the connection, hence the reach
    behind it; under another server an answer is begun and never finished, which breaks the transport as well.
    """
    transport = getattr(getattr(send, "__self__", None), "transport", None)
    if transport is None:
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"1")]})
        return
    transport.close()
    # Two turns of the loop: the closing must have reached uvicorn's protocol before the application returns.
    await asyncio.sleep(0)
    await asyncio.sleep(0)
