"""Plain texts by e-mail, over an encrypted line: a citizen's transcript to one address, which is not kept, or a notice
to staff.
"""

import asyncio
import ipaddress
import logging
import re
import smtplib
import ssl
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from typing import Final
from urllib.parse import unquote, urlsplit

from contracts.errors import BadRequest, BadSetting, Overloaded, Unavailable

log = logging.getLogger(__name__)

LIMIT_S: Final = 12.0
"""For one mail, the wait for a thread included: the citizen looks at the button."""

_SOCKET_S: Final = 5.0
_THREADS: Final = 2
_WAITING: Final = 20
_ADDRESS: Final = re.compile(
    r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
    r"@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
)
"""RFC 5322's dot-atom at a domain with a dot: no quotes, no comments, no lists, nothing a header could end with."""


@dataclass(frozen=True, slots=True)
class MailServer:
    """Where mail goes out."""

    host: str
    port: int
    is_tls: bool
    """From the first byte on (smtps), not after STARTTLS."""
    user: str
    password: str = field(repr=False)
    sender: Address


def mail_server(url: str, password: str, sender: str) -> MailServer | None:
    """Read the site's settings; None where it sends no mail.

    Args:
        url: `smtp://user@host:587` or `smtps://…`, empty for none.
        password: of the user.
        sender: the address that stands in From.

    Raises:
        BadSetting: the URL or the sender cannot be used.
    """
    if not url:
        return None
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        host = port = None
    if not host or parts.scheme not in ("smtp", "smtps") or parts.path not in ("", "/"):
        raise BadSetting(
            "SANGDAM_SMTP를 읽을 수 없습니다. 예: smtp://chat@mail.example.kr:587 또는 smtps://mail.example.kr",
            "SANGDAM_SMTP cannot be read. Examples: smtp://chat@mail.example.kr:587, smtps://mail.example.kr",
        )
    if not is_address(sender):
        raise BadSetting(
            "메일을 보내려면 SANGDAM_MAIL_FROM에 보내는 주소를 적으십시오.",
            "to send mail, put the sender's address into SANGDAM_MAIL_FROM.",
        )
    is_tls = parts.scheme == "smtps"
    user = unquote(parts.username or "")
    return MailServer(
        host, port or (465 if is_tls else 587), is_tls, user, password, Address(addr_spec=sender)
    )


def is_address(text: str) -> bool:
    """Whether mail can be sent there. Stricter than the standard, as what is odd is mostly an attempt."""
    return len(text) <= 254 and _ADDRESS.fullmatch(text) is not None


class Mailer:
    """Sends mail, a few at a time, each in a thread.

    Args:
        server: where it goes out.
        context: of TLS; None: the system's authorities, the server's name checked.
    """

    def __init__(self, server: MailServer, context: ssl.SSLContext | None = None) -> None:
        self._server = server
        self._context = context or ssl.create_default_context()
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="mail")
        self._in_hand = 0

    async def send(self, address: str, subject: str, text: str, file_name: str) -> None:
        """Hand the mail to the server; it has taken it on return.

        Raises:
            BadRequest: the address cannot be used, or the server does not take it.
            Overloaded: too many are in hand.
            Unavailable: the server did not take it in time, or could not be reached.
        """
        if not is_address(address):
            raise _bad_address()
        message = self._message([address], subject, text)
        message.add_attachment(text.encode("utf-8-sig"), "text", "plain", filename=file_name)
        await self._hand_in(message)

    async def send_notice(self, addresses: Sequence[str], subject: str, text: str) -> None:
        """The same without a file, one mail to several. Those whom the server refuses are passed over and logged,
        unless it refuses all of them.

        Raises:
            BadRequest: an address cannot be used, or the server takes none.
            Overloaded, Unavailable: as above.
        """
        if not addresses or not all(map(is_address, addresses)):
            raise _bad_address()
        await self._hand_in(self._message(addresses, subject, text))

    async def _hand_in(self, message: EmailMessage) -> None:
        if self._in_hand >= _WAITING:
            raise Overloaded(
                "지금 메일이 밀려 있습니다. 잠시 뒤 다시 누르십시오.",
                "too many mails wait. Try again in a moment.",
            )
        self._in_hand += 1
        future = asyncio.get_running_loop().run_in_executor(self._threads, self._deliver, message)
        future.add_done_callback(self._done)
        try:
            async with asyncio.timeout(LIMIT_S):
                await asyncio.shield(future)
        except smtplib.SMTPRecipientsRefused:
            raise _bad_address() from None
        except (smtplib.SMTPException, OSError) as error:  # TimeoutError and ssl.SSLError are OSErrors
            # The server's own words may name the address.
            log.warning("mail: not sent: %s", type(error).__name__)
            raise Unavailable(
                "메일을 보내지 못했습니다. 잠시 뒤 다시 누르거나, 기록을 파일로 저장하십시오.",
                "the mail could not be sent. Try again later, or save the transcript as a file.",
            ) from None

    def _done(self, future: asyncio.Future[None]) -> None:
        self._in_hand -= 1
        if not future.cancelled():
            future.exception()  # nobody may be waiting for it any more

    def _message(self, addresses: Sequence[str], subject: str, text: str) -> EmailMessage:
        message = EmailMessage()
        message["From"] = self._server.sender
        message["To"] = [Address(addr_spec=address) for address in addresses]
        message["Subject"] = " ".join(subject.split())
        message["Date"] = formatdate(localtime=True)
        message["Message-ID"] = make_msgid(domain=self._server.sender.domain)
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(text, cte="base64")
        return message

    def _deliver(self, message: EmailMessage) -> None:
        server = self._server
        if server.is_tls:
            with smtplib.SMTP_SSL(server.host, server.port, timeout=_SOCKET_S, context=self._context) as line:
                self._hand_over(line, message)
            return
        with smtplib.SMTP(server.host, server.port, timeout=_SOCKET_S) as line:
            line.ehlo()
            if line.has_extn("starttls") or not _is_loopback(server.host):
                # Fails where the server has none: what citizens wrote goes over no open line.
                line.starttls(context=self._context)
            self._hand_over(line, message)

    def _hand_over(self, line: smtplib.SMTP, message: EmailMessage) -> None:
        if self._server.user:
            line.login(self._server.user, self._server.password)
        if refused := line.send_message(message):
            log.warning("mail: the server refused %d of its recipients", len(refused))


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _bad_address() -> BadRequest:
    return BadRequest(
        "이 주소로는 보낼 수 없습니다. 메일 주소를 확인해 주십시오.",
        "mail cannot be sent to this address. Check it.",
    )
