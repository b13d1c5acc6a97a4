"""결과: which of a site's words for how a contact ended the agent's words speak for. Rules, no model."""

import re
from collections.abc import Mapping, Sequence
from typing import Final

from contracts.event import Role
from contracts.summary import SummaryLine
from contracts.transcript import Utterance
from summarize import speech

_USUAL: Final[tuple[tuple[re.Pattern[str], re.Pattern[str]], ...]] = tuple(
    (re.compile(option), re.compile(said))
    for option, said in (
        (
            r"재통화|콜백|회신",
            r"(?:다시|제가|확인(?:해서|하고|한 뒤|한 다음|되는 대로))\s?(?:\S+\s){0,3}?(?:전화|연락|회신)\s?(?:를|을)?\s?드리(?:겠|도록)|(?:전화|연락|회신)\s?드릴게요|(?:전화|연락)\S*\s(?:갈|드릴)\s(?:겁|예정|거)",
        ),
        (
            r"연결|호전환|이관",
            r"(?:연결|이관|돌려)\S*\s?(?:해\s?)?드리겠|(?:연결|이관|돌려)\s?드릴게요|바로 연결|연결해 드릴",
        ),
        (
            r"접수|등록",
            r"(?:접수|등록|신고)\S*\s?(?:해\s?)?(?:드렸|드리겠|드릴게|했습니다|되었습니다|됐습니다|해 놓)|접수\s?번호",
        ),
        (
            r"(?:다른|타)\s?기관",
            r"(?:국세청|노동부|출입국|경찰|소방|공단|법원|우체국|한국전력|가스공사|복지부|외교부|고객센터|정부|다른 기관|부에서|청에서)\S*\s(?:\S+\s){0,6}?(?:전화|번호|문의|담당|연락|하셔야|하시면)",
        ),
        (r"중단|단절|끊김", r"(?:여보세요[?.\s]*){2}|전화가 끊(?:겼|어)|말씀이 없으"),
        (r"안내\s?(?:완료|종결)?|상담\s?완료|답변", ""),
    )
)
"""A site's word for a result looks like this → the agent says this. The most telling first; 안내 완료 is what is left."""

_THANKS: Final = re.compile(r"알겠|알았|감사|고맙|고마워|그렇게 할게|해 볼게|신청할게|가 볼게")


def suggest(
    utterances: Sequence[Utterance], roles: Mapping[int, Role], results: Mapping[str, tuple[str, ...]]
) -> SummaryLine | None:
    """The result that was said last, or that all was told and the caller took it; None when unsure."""
    said = [(one, roles.get(one.channel, one.role)) for one in utterances]
    last: tuple[int, str, str] | None = None
    for option, words in results.items():
        where = _last_said(said, option, words)
        if where is not None and (last is None or where > last[0]):
            last = (where, option, said[where][0].utterance_id)
    if last is not None:
        return SummaryLine(field="result", text=last[1], evidence=(last[2],))
    told = next((option for option in results if _USUAL[-1][0].search(option)), None)
    return _told(said, told) if told else None


def supports(option: str, words: tuple[str, ...], said: Sequence[tuple[Utterance, Role]]) -> str | None:
    """Id of the utterance that speaks for a result, whoever proposes it; None: nothing does."""
    where = _last_said(said, option, words)
    if where is not None:
        return said[where][0].utterance_id
    if _USUAL[-1][0].search(option) and (line := _told(said, option)):
        return line.evidence[0]
    return None


def _last_said(said: Sequence[tuple[Utterance, Role]], option: str, words: tuple[str, ...]) -> int | None:
    usual = next((cue for name, cue in _USUAL[:-1] if name.search(option)), None)
    for index in range(len(said) - 1, -1, -1):
        utterance, role = said[index]
        if role == "caller":
            continue
        for sentence in speech.sentences(utterance.text):
            if "?" in sentence:
                continue
            if any(word in sentence for word in words) or (usual is not None and usual.search(sentence)):
                return index
    return None


def _told(said: Sequence[tuple[Utterance, Role]], option: str) -> SummaryLine | None:
    """The agent answered, and the caller thanked or took it after that."""
    answers = [
        index
        for index, (one, role) in enumerate(said)
        if role == "agent"
        and any(
            speech.tells(sentence) >= 2 and not speech.says_nothing(sentence)
            for sentence in speech.sentences(one.text)
        )
    ]
    if not answers:
        return None
    taken = any(role == "caller" and _THANKS.search(one.text) for one, role in said[answers[-1] + 1 :])
    if not taken:
        return None
    return SummaryLine(field="result", text=option, evidence=(said[answers[-1]][0].utterance_id,))
