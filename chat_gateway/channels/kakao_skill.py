"""Kakao's chatbot (카카오톡 채널 챗봇): a skill that answers with the way to a person.

The bot asks by `SkillPayload`, and has its answer within 5 seconds (chatbot.kakao.com, skill guide): a card with a
button that opens the chat page once, with what was written to the bot. Nothing takes long here, so no callback is
needed. Requests carry no signature: the skill's settings let a site add a header, in which the channel's secret is.
"""

import asyncio
import hmac
import logging
from typing import Final

from fastapi import APIRouter, Request
from pydantic import Field, ValidationError
from starlette.responses import JSONResponse, Response

from chat_gateway.channels.ars import page_link
from chat_gateway.channels.counts import ChannelCounts
from chat_gateway.channels.port import MAX_ID
from chat_gateway.channels.reading import read
from chat_gateway.keys import Keys
from chat_gateway.options import Options
from chat_gateway.people import People
from contracts.chat_http import LinkAsked
from contracts.errors import SangdamError
from contracts.event import Model

log = logging.getLogger(__name__)

PATH: Final = "/hooks/kakao/skill"
ANSWER_S: Final = 4.0
MAX_BYTES: Final = 64 * 1024
_MAX_FACT: Final = 200
_LABEL: Final = "채팅 상담 열기"
"""At most 14 characters, by the guide."""


class _Properties(Model):
    plusfriend: str = Field(default="", alias="plusfriendUserKey", max_length=MAX_ID)


class _User(Model):
    id: str = Field(default="", max_length=MAX_ID)
    properties: _Properties = _Properties()


class _Request(Model):
    utterance: str = ""
    user: _User = _User()


class _Payload(Model):
    asked: _Request = Field(default=_Request(), alias="userRequest")


class KakaoSkill:
    """The route.

    Args:
        options: `kakao_secret`, without which there is none, and `public_url`, where the page is.
        keys: make links.
        people: who is who.
        counts: of this process's channels.
    """

    def __init__(self, options: Options, keys: Keys, people: People, counts: ChannelCounts) -> None:
        self._secret = options.kakao_secret
        self._site = options.public_url
        self._keys = keys
        self._people = people
        self._counts = counts
        self.router = APIRouter()
        if self._secret and self._site:
            self.router.add_api_route(PATH, self.asked, methods=["POST"])

    async def asked(self, request: Request) -> Response:
        given = request.headers.get("authorization", "").removeprefix("Bearer ").strip()
        if not hmac.compare_digest(given.encode("utf-8", "replace"), self._secret.encode()):
            self._counts.received["kakao.unsigned"] += 1
            return JSONResponse({}, status_code=403)
        try:
            payload = _Payload.model_validate_json(await read(request, MAX_BYTES) or b"")
        except ValidationError:
            self._counts.received["kakao.unreadable"] += 1
            return JSONResponse({}, status_code=400)
        try:
            async with asyncio.timeout(ANSWER_S):
                url = await self._link(payload.asked)
        except (SangdamError, TimeoutError) as error:
            log.warning("kakao skill: no link: %s", error or "no time")
            self._counts.received["kakao.put_off"] += 1
            return JSONResponse(_said("지금은 채팅 상담을 열 수 없습니다. 잠시 뒤 다시 눌러 주십시오."))
        self._counts.received["kakao.skill"] += 1
        return JSONResponse(_card(url))

    async def _link(self, asked: _Request) -> str:
        user = asked.user.properties.plusfriend or asked.user.id
        person_id = await self._people.person_of("kakao", user or "unknown")
        said = " ".join(asked.utterance.split())[:_MAX_FACT]
        link = LinkAsked(channel="web", facts={"챗봇에 쓴 말": said} if said else {})
        token, _ = await self._keys.make_link(link, person_id)
        return page_link(self._site, token)


def _card(url: str) -> dict[str, object]:
    card = {
        "title": "상담사와 채팅하기",
        "description": "단추를 누르면 상담 화면이 열립니다. 1시간 안에 한 번 쓸 수 있습니다.",
        "buttons": [{"action": "webLink", "label": _LABEL, "webLinkUrl": url}],
    }
    return {"version": "2.0", "template": {"outputs": [{"textCard": card}]}}


def _said(text: str) -> dict[str, object]:
    return {"version": "2.0", "template": {"outputs": [{"simpleText": {"text": text}}]}}
