"""A connection's end that is over when it is over: PostgreSQL has let go of everything that the session held."""

import os
import socket

import psycopg

ENDING_S_MAX = 60.0


def close_and_wait(connection: psycopg.Connection[object]) -> None:
    """Close it, and come back when its server process is gone, with all its locks.

    A client that closes is not waited for by PostgreSQL: the server process learns of it later, on a starved machine
    much later, and until then whoever wants the same rows waits. The process keeps its end of the wire until it is
    gone, which is heard on a second handle of ours. Raises TimeoutError when that takes a minute.
    """
    if connection.closed:
        return
    with socket.socket(fileno=os.dup(connection.fileno())) as wire:
        connection.close()
        wire.settimeout(ENDING_S_MAX)
        try:
            while wire.recv(1 << 16):
                pass  # what it still had to say
        except ConnectionResetError:
            pass
