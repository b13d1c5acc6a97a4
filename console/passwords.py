"""Password hashes: Argon2id with RFC 9106's second recommended setting (3 passes, 64 MiB, 4 lanes)."""

import asyncio
import secrets
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from contracts.errors import Overloaded

CHECKS_AT_ONCE: Final = 2
"""A check takes a core and 64 MiB for about 0.1 s."""

MAX_WAITING: Final = 100
"""About 5 s of checks; later ones are told to come again."""


class Passwords:
    """Makes and checks hashes, off the event loop.

    Args:
        hasher: another cost than the usual one, for tests.
    """

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        self._hasher = hasher or PasswordHasher()
        self._nobody: str | None = None
        self._turn = asyncio.Semaphore(CHECKS_AT_ONCE)
        self._waiting = 0

    def hash(self, password: str) -> str:
        """The hash to keep. Takes about 0.1 s of CPU."""
        return self._hasher.hash(password)

    async def matches(self, password_hash: str | None, password: str) -> bool:
        """Whether it is the password; with no hash (an unknown login) False, after the same time.

        Raises:
            Overloaded: too many checks are waiting.
        """
        if self._waiting >= MAX_WAITING:
            raise Overloaded(
                "로그인이 한꺼번에 몰렸습니다. 몇 초 뒤 다시 시도해 주십시오.",
                "too many sign-ins at once. Try again in a few seconds.",
            )
        self._waiting += 1
        try:
            async with self._turn:
                return await asyncio.to_thread(self._check, password_hash, password)
        finally:
            self._waiting -= 1

    def _check(self, password_hash: str | None, password: str) -> bool:
        if self._nobody is None:
            self._nobody = self._hasher.hash(secrets.token_hex())
        try:
            self._hasher.verify(password_hash or self._nobody, password)
        except (VerificationError, InvalidHashError):
            return False
        return password_hash is not None
