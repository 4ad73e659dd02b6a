"""Recovery codes: how they are read, and what is kept of them."""

from argon2.low_level import Type, hash_secret_raw

# None of them is taken for another.
LETTERS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
LENGTH = 12
SALT_BYTES = 16
HASH_BYTES = 32
# OWASP's least for argon2id: 19 MiB, two passes. One computation tells whether a code is any of a person's ten.
MEMORY_KIB, PASSES = 19_456, 2
TYPED_MAX = 60


def letters_of(typed: str) -> str:
    """The code without what people type around it."""
    return "".join(letter for letter in typed[:TYPED_MAX].upper() if letter in LETTERS)


def written(code: str) -> str:
    """The code as it is shown: in groups of four."""
    return "-".join(code[at : at + 4] for at in range(0, len(code), 4))


def code_hash(code: str, *, salt: bytes) -> bytes:
    """What is kept: the argon2id of the code. Twelve letters could be tried out if it were quick."""
    return hash_secret_raw(
        letters_of(code).encode(),
        salt,
        time_cost=PASSES,
        memory_cost=MEMORY_KIB,
        parallelism=1,
        hash_len=HASH_BYTES,
        type=Type.ID,
    )
