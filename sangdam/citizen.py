"""A citizen who chats by a script: types letter by letter as a hand on a Korean keyboard does, corrects, waits, sends."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from pathlib import Path
from typing import Final

import httpx
import yaml
from pydantic import Field, ValidationError

from chat_gateway.realtime_text import Writer
from contracts.chat import ChatEntry, ChatMessage, Happened, Label, LiveTyping, Said, Text
from contracts.chat_http import ChatKey, ChatStart, ChatTicket, TicketAsked
from contracts.errors import BadInput, Unreachable
from contracts.event import Language, Model
from sangdam.evaluate.chat_screen import Screen
from sangdam.evaluate.waiting import until
from sangdam.site import SAMPLES

SCRIPTS: Final = SAMPLES / "chats"
DEFAULT_SCRIPT: Final = SCRIPTS / "fridge-moving.yaml"
STROKE_S: Final = 0.11
"""Between two keys: a practised hand, some 540 jamo a minute."""
SEND_S: Final = 0.4
"""From the last key to Enter."""
_KEPT_S: Final = 60.0

_LEAD: Final = "ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ"
_FIRST, _LAST, _TAILS, _OF_LEAD = ord("가"), ord("힣"), 28, 21 * 28


class Step(Model):
    """One message."""

    say: Text
    first: str = Field(default="", max_length=200)
    """Typed before it, and then corrected into it."""
    think: float = Field(default=1.0, ge=0, le=60)
    """Seconds before typing."""
    answer: float = Field(default=0.0, ge=0, le=600)
    """Seconds that an answer of an agent is waited for at most, afterwards; 0: not waited for."""


class Script(Model):
    """A whole chat; see `samples/chats/README.md`."""

    title: str
    nickname: Label = ""
    skill: str = ""
    language: Language = "ko"
    live_typing: bool = True
    steps: tuple[Step, ...] = Field(min_length=1, max_length=100)


def read_script(path: Path) -> Script:
    """The script of a file.

    Raises:
        BadInput: no such file, or it is no script.
    """
    try:
        return Script.model_validate(yaml.safe_load(path.read_text("utf-8")))
    except (OSError, UnicodeDecodeError, yaml.YAMLError, ValidationError) as error:
        why = str(error).splitlines()[0]
        raise BadInput(
            f"대본 {path}을(를) 쓸 수 없습니다({why}). samples/chats의 파일을 본떠 쓰십시오.",
            f"script {path} cannot be used ({why}); see the files in samples/chats.",
        ) from None


def strokes(step: Step) -> Iterator[str]:
    """The field after each key: Hangul is put together jamo by jamo, a correction erases back to what is shared."""
    value = ""
    for text in (step.first, step.say):
        shared = _shared(value, text)
        while len(value) > shared:
            value = value[:-1]
            yield value
        for letter in text[shared:]:
            for composed in _composing(letter):
                yield value + composed
            value += letter


def _composing(letter: str) -> Sequence[str]:
    """`ㅇ`, `아`, `안` of `안`."""
    code = ord(letter)
    if not _FIRST <= code <= _LAST:
        return (letter,)
    lead, rest = divmod(code - _FIRST, _OF_LEAD)
    open_syllable = chr(code - rest % _TAILS)
    return (_LEAD[lead], open_syllable, letter) if open_syllable != letter else (_LEAD[lead], letter)


def _shared(one: str, other: str) -> int:
    """Letters that both begin with."""
    pairs = zip(one, other, strict=False)
    return next((at for at, (a, b) in enumerate(pairs) if a != b), min(len(one), len(other)))


class Citizen:
    """Plays a script at a gateway.

    Args:
        url: of the site, e.g. `http://127.0.0.1:8120`.
        script: what is said.
        speed: 2 is twice as fast.
        heard: told of each entry, once and in order.
    """

    def __init__(
        self,
        url: str,
        script: Script,
        *,
        speed: float = 1.0,
        heard: Callable[[ChatEntry], None] = lambda _: None,
    ) -> None:
        self._url = url.rstrip("/")
        self._script = script
        self._speed = speed
        self._heard = heard
        self._heard_seq = 0
        self.contact_id = ""

    async def play(self) -> None:
        """The whole script; returns when the last message is in the log.

        Raises:
            BadInput, Unreachable: the site does not take the chat.
        """
        async with httpx.AsyncClient(base_url=self._url, timeout=20) as client:
            key = await self._open(client)
            self.contact_id = key.contact_id

            async def ticket() -> str:
                asked = TicketAsked(contact_id=key.contact_id, key=key.key)
                return ChatTicket.model_validate_json(await _post(client, "/api/chat/ticket", asked)).ticket

            screen = Screen(
                lambda: f"{self._url.replace('http', 'ws', 1)}/ws/chat",
                (key.contact_id,),
                "citizen",
                ticket=ticket,
                told=self._hear,
            )
            screen.start()
            try:
                await self._talk(screen)
            finally:
                await screen.stop()

    async def _open(self, client: httpx.AsyncClient) -> ChatKey:
        script = self._script
        start = ChatStart(nickname=script.nickname, skill=script.skill, language=script.language)
        return ChatKey.model_validate_json(await _post(client, "/api/chat", start))

    async def _talk(self, screen: Screen) -> None:
        chat = screen.chats[self.contact_id]
        await until(lambda: chat.head is not None, "the chat is open", _KEPT_S)
        if self._script.live_typing:
            await screen.say(self.contact_id, LiveTyping(on=True))
        draft = _Draft(screen, self.contact_id, is_live=self._script.live_typing)
        for step in self._script.steps:
            await asyncio.sleep(step.think / self._speed)
            async for value in self._typed(step):
                await draft.write(value)
            await asyncio.sleep(SEND_S / self._speed)
            await draft.send()
            await until(lambda: not screen.unacked, "the message is kept", _KEPT_S)
            if step.answer:
                await self._answer(screen, step.answer / self._speed)

    async def _typed(self, step: Step) -> AsyncIterator[str]:
        """The field after each key, in its time."""
        for value in strokes(step):
            yield value
            await asyncio.sleep(STROKE_S / self._speed)

    async def _answer(self, screen: Screen, limit_s: float) -> None:
        """Until staff have said something after us; a citizen who is not answered goes on some time."""
        said = screen.chats[self.contact_id]

        def answered() -> bool:
            last = next((entry for entry in reversed(said.entries) if isinstance(entry.body, Said)), None)
            return last is not None and last.author.side == "staff"

        try:
            await until(answered, "an answer", limit_s)
        except Unreachable:
            return

    def _hear(self, message: ChatMessage) -> None:
        entries = getattr(message, "entries", ()) or (
            (message.entry,) if isinstance(message, Happened) else ()
        )
        for entry in entries:
            if entry.seq > self._heard_seq:
                self._heard_seq = entry.seq
                self._heard(entry)


class _Draft:
    """The field of the page, and what is told of it while it is written."""

    def __init__(self, screen: Screen, contact_id: str, *, is_live: bool) -> None:
        self._screen = screen
        self._contact_id = contact_id
        self._count = 0
        self._value = ""
        self._writer = Writer(contact_id, self._name(), is_live=is_live)

    def _name(self) -> str:
        self._count += 1
        return f"{self._contact_id}-{self._count}"

    async def write(self, value: str) -> None:
        self._value = value
        now_ms = asyncio.get_running_loop().time() * 1000
        self._writer.wrote(value, now_ms)
        if typing := self._writer.flush(now_ms):
            await self._screen.tell(typing)

    async def send(self) -> None:
        client_id, text = self._writer.draft, self._value
        await self._screen.say(self._contact_id, Said(text=text), client_id)
        self._writer.sent(self._name())
        self._value = ""


async def _post(client: httpx.AsyncClient, path: str, asked: Model) -> bytes:
    """The answer's body.

    Raises:
        Unreachable: nobody answers.
        BadInput: the site refuses, and says why.
    """
    try:
        answer = await client.post(
            path, content=asked.model_dump_json(), headers={"Content-Type": "application/json"}
        )
    except httpx.HTTPError as error:
        raise Unreachable(
            f"{client.base_url}에 닿지 않습니다({type(error).__name__}). 주소를 확인하고 서비스를 켜십시오.",
            f"cannot reach {client.base_url} ({type(error).__name__}); check the address and start the service.",
        ) from None
    if answer.status_code >= httpx.codes.BAD_REQUEST:
        raise BadInput(
            f"채팅을 열 수 없습니다: {answer.text[:300]}",
            f"the chat cannot be opened ({answer.status_code}).",
        )
    return answer.content
