"""Who is it? Passwords against sessions in a signed cookie, and the staff behind each request."""

import hashlib
import secrets
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from itsdangerous import BadData, URLSafeSerializer
from starlette.requests import HTTPConnection
from starlette.responses import Response

from console.passwords import Passwords
from console.reach import answering
from console.throttle import Throttle
from contracts.clock import Clock, wall_ms
from contracts.errors import NotSignedIn, Overloaded, TooManyAttempts, Unavailable
from contracts.panel import Staff
from store import staff as accounts
from store.database import Database
from store.staff import StoredStaff

COOKIE: Final = "sangdam_session"
SESSION_MS: Final = 12 * 3_600_000
"""A sign-in lasts this long after the last request: a shift and its overtime."""

_RENEW_MS: Final = 15 * 60_000
_STAFF_TTL_MS: Final = 2000
"""An account that is disabled, here or in another process, is out within this time."""

_GRACE_MS: Final = 10 * 60_000
"""While the database is away, who was known to be in order this short a time ago still is. Whom this process
does not know must wait for it."""

_MAX_CACHED: Final = 5000
_MAX_REVOKED: Final = 50_000
_WINDOW_MS: Final = 5 * 60_000
_PER_LOGIN_AND_ADDRESS: Final = 5
_PER_LOGIN: Final = 50
"""Above the former, so that nobody elsewhere locks an agent out with five wrong guesses."""

_PER_ADDRESS: Final = 100
"""Failures only: a whole office may stand behind one address."""


@dataclass(frozen=True, slots=True)
class Session:
    """A sign-in, as a request or socket carries it."""

    staff: Staff
    session_id: str
    issued_ms: int
    fingerprint: str
    """Of the password's hash: a new password ends all older sessions, in every process."""


class Auth:
    """Signs staff in and out, and tells who a connection is.

    Args:
        secret: signs the cookies; all processes of one console share it.
    """

    def __init__(
        self,
        database: Database,
        secret: str,
        *,
        passwords: Passwords | None = None,
        clock: Clock = wall_ms,
    ) -> None:
        self._database = database
        self._signer = URLSafeSerializer(
            secret, salt="sangdam.session", signer_kwargs={"digest_method": hashlib.sha256}
        )
        self._passwords = passwords or Passwords()
        self._clock = clock
        self._accounts: OrderedDict[str, tuple[int, StoredStaff | None]] = OrderedDict()
        self._asked_in_vain_ms = 0
        """When the database did not answer last: not everybody waits for it again at once."""
        self._revoked: OrderedDict[str, int] = OrderedDict()
        self._by_both = Throttle(_PER_LOGIN_AND_ADDRESS, _WINDOW_MS)
        self._by_login = Throttle(_PER_LOGIN, _WINDOW_MS)
        self._by_address = Throttle(_PER_ADDRESS, _WINDOW_MS)

    async def sign_in(self, login: str, password: str, address: str) -> Session:
        """A new session.

        Raises:
            NotSignedIn: no such login, a wrong password or a disabled account: not told which.
            TooManyAttempts: too many wrong passwords for this login or from this address.
        """
        now_ms = self._clock()
        keys = (
            (self._by_both, f"{login}\n{address}"),
            (self._by_login, login),
            (self._by_address, address),
        )
        if wait_ms := max(throttle.wait_ms(key, now_ms) for throttle, key in keys):
            raise _wait(wait_ms)
        for throttle, key in keys:
            throttle.attempt(key, now_ms)
        account = await self._account(login, fresh=True)
        try:
            matches = await self._passwords.matches(account.password_hash if account else None, password)
        except Overloaded:
            _take_back(keys)
            raise
        if account is None or not matches or account.disabled:
            raise NotSignedIn(
                "아이디 또는 비밀번호가 맞지 않습니다. 다시 확인해 주십시오.",
                "login or password is wrong. Check both.",
            )
        _take_back(keys)
        return self._new_session(account)

    async def sign_in_as(self, staff_id: str) -> Session | None:
        """A session without a password, for the demonstration only. None when there is no such account."""
        account = await self._account(staff_id, fresh=True)
        return None if account is None or account.disabled else self._new_session(account)

    def sign_out(self, session: Session) -> None:
        """Its cookie opens nothing any more (in this process; elsewhere it runs out)."""
        now_ms = self._clock()
        self._revoked[session.session_id] = now_ms + SESSION_MS
        while len(self._revoked) > _MAX_REVOKED or next(iter(self._revoked.values())) < now_ms:
            self._revoked.popitem(last=False)

    async def authenticate(self, connection: HTTPConnection) -> Staff:
        """Who sent this request or opens this WebSocket; also a FastAPI dependency.

        Raises:
            NotSignedIn: no cookie, a forged or old one, or the account was disabled.
        """
        return (await self.session_of(connection)).staff

    async def session_of(self, connection: HTTPConnection) -> Session:
        """As `authenticate`; the session is also kept in the connection's state, for its renewal."""
        session = await self._read(connection.cookies.get(COOKIE, ""))
        connection.state.session = session
        return session

    async def still_valid(self, session: Session) -> bool:
        """Asked again and again of sockets, which outlive the request that opened them."""
        if session.session_id in self._revoked or self._clock() - session.issued_ms > SESSION_MS:
            return False
        account = await self._account(session.staff.staff_id)
        return (
            account is not None
            and not account.disabled
            and _fingerprint(account) == session.fingerprint
            and account.role == session.staff.role
        )

    def cookie_header(self, session: Session, *, secure: bool) -> str:
        """The value of a Set-Cookie header that carries the session, stamped now."""
        token = self._signer.dumps(
            [session.staff.staff_id, session.session_id, self._clock(), session.fingerprint]
        )
        return _set_cookie(token, max_age_s=SESSION_MS // 1000, secure=secure)

    def renewal(self, session: Session, *, secure: bool) -> str | None:
        """A fresher Set-Cookie when the session's one has aged."""
        if session.session_id in self._revoked or self._clock() - session.issued_ms < _RENEW_MS:
            return None
        return self.cookie_header(session, secure=secure)

    async def _read(self, token: str) -> Session:
        try:
            staff_id, session_id, issued_ms, fingerprint = self._signer.loads(token)
        except (BadData, ValueError, TypeError):
            raise _not_signed_in() from None
        account = await self._account(staff_id)
        if account is None:
            raise _not_signed_in()
        session = Session(_public(account), session_id, issued_ms, fingerprint)
        if not await self.still_valid(session):
            raise _not_signed_in()
        return session

    async def _account(self, staff_id: str, *, fresh: bool = False) -> StoredStaff | None:
        now_ms = self._clock()
        cached = self._accounts.get(staff_id)
        if cached and not fresh:
            age_ms = now_ms - cached[0]
            is_away = 0 <= now_ms - self._asked_in_vain_ms < _STAFF_TTL_MS
            if 0 <= age_ms < (_GRACE_MS if is_away else _STAFF_TTL_MS):
                return cached[1]
        try:
            async with answering(self._database) as session:
                account = await accounts.get(session, staff_id)
        except Unavailable:
            self._asked_in_vain_ms = now_ms
            if cached is None or fresh or not 0 <= now_ms - cached[0] < _GRACE_MS:
                raise
            return cached[1]
        self._accounts[staff_id] = (now_ms, account)
        self._accounts.move_to_end(staff_id)
        if len(self._accounts) > _MAX_CACHED:
            self._accounts.popitem(last=False)
        return account

    def _new_session(self, account: StoredStaff) -> Session:
        return Session(_public(account), secrets.token_urlsafe(16), self._clock(), _fingerprint(account))


def end_cookie(*, secure: bool) -> str:
    """The value of a Set-Cookie header that removes the session."""
    return _set_cookie("", max_age_s=0, secure=secure)


def is_secure(connection: HTTPConnection) -> bool:
    return connection.url.scheme in ("https", "wss")


def _set_cookie(value: str, *, max_age_s: int, secure: bool) -> str:
    response = Response()
    response.set_cookie(
        COOKIE, value, max_age=max_age_s, path="/", secure=secure, httponly=True, samesite="strict"
    )
    return response.headers["set-cookie"]


def _public(account: StoredStaff) -> Staff:
    return Staff(staff_id=account.staff_id, name=account.name, role=account.role)


def _fingerprint(account: StoredStaff) -> str:
    return hashlib.sha256(account.password_hash.encode()).hexdigest()[:16]


def _take_back(keys: Iterable[tuple[Throttle, str]]) -> None:
    for throttle, key in keys:
        throttle.take_back(key)


def _not_signed_in() -> NotSignedIn:
    return NotSignedIn("로그인이 필요합니다. 다시 로그인해 주십시오.", "not signed in. Sign in again.")


def _wait(wait_ms: int) -> TooManyAttempts:
    seconds = -(-wait_ms // 1000)
    return TooManyAttempts(
        f"로그인 시도가 너무 많았습니다. {seconds}초 뒤 다시 시도해 주십시오.",
        f"too many sign-in attempts. Try again in {seconds} s.",
    )
