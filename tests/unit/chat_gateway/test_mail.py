"""Transcripts by mail, to a real mail server."""

import asyncio
import datetime as dt
import email
import email.policy
import socket
import ssl
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from chat_gateway import mail as mail_module
from chat_gateway.mail import Mailer, is_address, mail_server
from contracts.errors import BadRequest, BadSetting, Unavailable
from tests.unit.chat_gateway.citizens import Site, running_site

FROM = "chat@example.kr"
TEXT = "120 채팅 상담 기록\n[11-23 10:00] 나: 여권이요\n.\n끝\n"


class Box:
    """What the server took."""

    def __init__(self) -> None:
        self.got: list[Envelope] = []
        self.users: list[bytes] = []
        self.refuses = ""

    async def handle_RCPT(  # noqa: N802
        self, _server: Any, _session: Any, envelope: Envelope, address: str, _options: Any
    ) -> str:
        if self.refuses:
            return self.refuses
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Envelope) -> str:  # noqa: N802
        self.got.append(envelope)
        return "250 OK"

    def sign_in(self, _server: SMTP, _s: Any, _e: Any, _mechanism: str, data: Any) -> AuthResult:
        assert isinstance(data, LoginPassword)
        self.users.append(data.login)
        return AuthResult(success=data.password == b"secret word", handled=False)

    def message(self) -> EmailMessage:
        (envelope,) = self.got
        assert isinstance(envelope.content, bytes)
        found = email.message_from_bytes(envelope.content, policy=email.policy.default)
        assert isinstance(found, EmailMessage)
        return found


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Of localhost, signed by itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    folder = tmp_path_factory.mktemp("tls")
    (folder / "cert.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    (folder / "key.pem").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return folder / "cert.pem", folder / "key.pem"


@pytest.fixture
def box() -> Box:
    return Box()


@pytest.fixture
def server_tls(certificate: tuple[Path, Path]) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(*certificate)
    return context


@pytest.fixture
def trusting(certificate: tuple[Path, Path]) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(certificate[0]))


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def served(box: Box, **options: Any) -> Iterator[int]:
    port = free_port()
    controller = Controller(box, "127.0.0.1", port, **options)
    controller.start()
    try:
        yield port
    finally:
        controller.stop()


@pytest.fixture
def starttls(box: Box, server_tls: ssl.SSLContext) -> Iterator[int]:
    yield from served(
        box, tls_context=server_tls, require_starttls=True, authenticator=box.sign_in, auth_required=True
    )


@pytest.fixture
def smtps(box: Box, server_tls: ssl.SSLContext) -> Iterator[int]:
    yield from served(box, ssl_context=server_tls)


@pytest.fixture
def plain(box: Box) -> Iterator[int]:
    yield from served(box)


def mailer(url: str, context: ssl.SSLContext | None = None, password: str = "") -> Mailer:
    server = mail_server(url, password, FROM)
    assert server is not None
    return Mailer(server, context)


async def send(mailer: Mailer, address: str = "citizen@example.kr", subject: str = "채팅 상담 기록") -> None:
    await mailer.send(address, subject, TEXT, "chat.txt")


async def test_it_goes_out_over_starttls_with_a_sign_in(
    box: Box, starttls: int, trusting: ssl.SSLContext
) -> None:
    await send(mailer(f"smtp://chat%40site@localhost:{starttls}", trusting, "secret word"))
    assert box.users == [b"chat@site"]
    (envelope,) = box.got
    assert (envelope.mail_from, envelope.rcpt_tos) == (FROM, ["citizen@example.kr"])
    message = box.message()
    assert (message["to"], message["from"]) == ("citizen@example.kr", FROM)
    assert message["subject"] == "채팅 상담 기록"
    assert message["auto-submitted"] == "auto-generated"
    body = message.get_body()
    assert body is not None
    assert body.get_content().replace("\r\n", "\n") == TEXT
    (attached,) = message.iter_attachments()
    assert attached.get_filename() == "chat.txt"
    assert attached.get_payload(decode=True) == TEXT.encode("utf-8-sig")


async def test_it_goes_out_over_smtps(box: Box, smtps: int, trusting: ssl.SSLContext) -> None:
    await send(mailer(f"smtps://localhost:{smtps}", trusting))
    assert len(box.got) == 1


async def test_a_server_that_nobody_vouches_for_gets_nothing(box: Box, smtps: int) -> None:
    with pytest.raises(Unavailable) as caught:
        await send(mailer(f"smtps://localhost:{smtps}"))
    assert "파일로 저장" in caught.value.ko
    assert box.got == []


async def test_without_encryption_only_on_this_machine(
    box: Box, plain: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    await send(mailer(f"smtp://localhost:{plain}"))
    assert len(box.got) == 1
    monkeypatch.setattr(mail_module, "_is_loopback", lambda _: False)
    with pytest.raises(Unavailable):
        await send(mailer(f"smtp://localhost:{plain}"))
    assert len(box.got) == 1


async def test_no_header_can_be_slipped_in_by_the_address(box: Box, plain: int) -> None:
    sender = mailer(f"smtp://localhost:{plain}")
    for address in (
        "a@b",
        "a b@example.kr",
        "a@example.kr\r\nBcc: x@evil.kr",
        "a@example.kr,x@evil.kr",
        "<a@example.kr>",
        '"a"@example.kr',
        "a@[127.0.0.1]",
        "a@example.kr\n",
        "a..b@example.kr",
        "@example.kr",
        "한글@example.kr",
        "a" * 250 + "@example.kr",
    ):
        assert not is_address(address)
        with pytest.raises(BadRequest):
            await send(sender, address)
    assert box.got == []


async def test_nor_by_the_subject(box: Box, plain: int) -> None:
    await send(mailer(f"smtp://localhost:{plain}"), subject="기록\r\nBcc: x@evil.kr")
    assert box.got[0].rcpt_tos == ["citizen@example.kr"]
    assert box.message()["bcc"] is None
    assert box.message()["subject"] == "기록 Bcc: x@evil.kr"


async def test_a_refused_address_is_told_as_one_and_others_as_not_sent(box: Box, plain: int) -> None:
    sender = mailer(f"smtp://localhost:{plain}")
    box.refuses = "550 no such user"
    with pytest.raises(BadRequest):
        await send(sender)
    with pytest.raises(Unavailable):
        await send(mailer(f"smtp://localhost:{free_port()}"))


async def test_a_silent_server_is_given_up_and_few_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mail_module, "LIMIT_S", 0.2)
    monkeypatch.setattr(mail_module, "_SOCKET_S", 0.6)
    monkeypatch.setattr(mail_module, "_WAITING", 2)
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        sender = mailer(f"smtp://localhost:{silent.getsockname()[1]}")
        found = await asyncio.gather(*(send(sender) for _ in range(3)), return_exceptions=True)
        assert sorted(type(one).__name__ for one in found) == ["Overloaded", "Unavailable", "Unavailable"]
        async with asyncio.timeout(5):
            while sender._in_hand:
                await asyncio.sleep(0.02)


@pytest.mark.parametrize(
    ("url", "sender"),
    [
        ("mail.example.kr", FROM),
        ("http://mail.example.kr", FROM),
        ("smtp://mail.example.kr:99999", FROM),
        ("smtp://mail.example.kr", "120 <a@b.kr>"),
        ("smtp://mail.example.kr", ""),
    ],
)
def test_settings_that_cannot_be_used(url: str, sender: str) -> None:
    with pytest.raises(BadSetting) as caught:
        mail_server(url, "", sender)
    assert "SANGDAM_" in caught.value.ko


def test_settings_that_can() -> None:
    assert mail_server("", "", "") is None
    server = mail_server("smtp://u%20x@mail.example.kr", "secret word", FROM)
    assert server is not None
    assert (server.port, server.user, server.is_tls) == (587, "u x", False)
    assert "secret word" not in repr(server)
    tls = mail_server("smtps://mail.example.kr", "", FROM)
    assert tls is not None
    assert (tls.port, tls.is_tls) == (465, True)


async def test_a_citizen_has_the_transcript_sent_a_few_times(box: Box, plain: int, tmp_path: Path) -> None:
    async with running_site(tmp_path, mailer=mailer(f"smtp://localhost:{plain}")) as site:
        await _few_times(site, box)


async def _few_times(site: Site, box: Box) -> None:
    citizen = await site.citizen()
    assert (await citizen.client.get("/api/chat/site")).json()["mail"] is True
    await site.say(citizen.contact_id, "여권이요")
    wrong = await citizen.post("mail", json={"address": "a@b"})
    assert wrong.status_code == 400
    answers = [await citizen.post("mail", json={"address": "me@example.kr"}) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [202, 202, 429]
    body = email.message_from_bytes(box.got[0].content, policy=email.policy.default).get_body()  # type: ignore[arg-type,union-attr]
    assert "나: 여권이요" in body.get_content()
