"""Of the follow-up: which office does it, until when, and whose task it is. Rules; nothing when unsure."""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from contracts.summary import SummaryField, SummaryLine

_AGENCY: Final = re.compile(
    r"(?<![가-힣])(?:[가-힣]{1,4}구청(?:\s?[가-힣]{2,6}(?:과|팀))?|[가-힣]{2,6}(?:관리|행정|민원|교통|복지|환경|청소|세무|건축|주택|여권|위생)\s?과"
    r"|국세청|고용노동부|보건복지부|외교부|교육청|경찰청|한국전력|가스공사|[가-힣]{1,10}(?:센터|공단|공사|사업소|보건소|경찰서|소방서|세무서|위원회|고용센터))"
    r"(?=에서|으로|에|의|은|는|이|가|을|를|와|과|로|\s|,|\.|$)"
)
_GENERAL: Final = re.compile(r"^(?:상담\s?센터|콜센터|다산콜\S*|우리 \S+)$")
_DUE: Final = re.compile(
    r"(?:(?:오늘|내일|모레|이번 주|다음 주|이번 달|다음 달|이달|월말|연말)(?:\s(?:말|중|안|[월화수목금토일]요일))?|[월화수목금토일]요일"
    r"|(?:\d{1,2}|[일이삼사오유육칠팔구시십]{1,2})월\s?(?:(?:\d{1,2}|[일이삼사오육칠팔구십]{1,3})\s?일|말)?"
    r"|(?:\d{1,3}|[일이삼사오육칠팔구십백]{1,4})\s?(?:일|주일|주|개월|시간)|하루|이틀|사흘|나흘|일주일|한\s달|두\s달)"
    r"(?:\s(?:오전|오후)?\s?\S{1,4}\s?시)?\s?(?:까지|안에|이내(?:에)?|안으로|중으로)"
)
_CALLER_DOES: Final = re.compile(
    r"(?:방문|신고|신청|문의|전화|연락|제출|납부|접수|준비)\S*\s?(?:해|하여|하셔|하시)\S*|가지고|챙겨|가져|내시면|내셔야|붙여 주"
)
_OTHERS_DO: Final = re.compile(
    r"(?:담당|부서|직원|주무관|과에서|팀에서|구청에서|센터에서|사업소에서)\S*\s(?:\S+\s){0,4}?\S*(?:드릴|드리|나갈|방문할|연락|처리|확인할)|이관|전달해 드|접수해 드|접수했"
)
_WE_DO: Final = re.compile(r"드리겠|드릴게|하겠습니다|해 놓겠|보내 드")


def next_steps(lines: Sequence[SummaryLine], owners: Sequence[str]) -> Iterator[SummaryLine]:
    """기관, 기한 and 담당 as far as the lines of the follow-up tell them; each is words of such a line.

    Args:
        lines: of the draft.
        owners: the site's words for 담당; a task is given only to one of them.
    """
    steps = [line for line in lines if line.field == "followup"]
    if agency := _the_only(_AGENCY, steps):
        yield _line("agency", *agency)
    if due := _the_only(_DUE, steps):
        yield _line("due", *due)
    found = sorted({owner for line in steps if (owner := _owner(line.text)) is not None})
    if len(found) == 1 and found[0] in owners:
        yield _line("owner", found[0], steps[-1])


def _the_only(pattern: re.Pattern[str], steps: Sequence[SummaryLine]) -> tuple[str, SummaryLine] | None:
    """What the steps name once; of several different ones none."""
    found = {
        match[0].strip(): line
        for line in steps
        for match in pattern.finditer(line.text)
        if not _GENERAL.fullmatch(match[0].strip())
    }
    return next(iter(found.items())) if len(found) == 1 else None


def _owner(text: str) -> str | None:
    if _OTHERS_DO.search(text):
        return "담당 부서"
    if _WE_DO.search(text):
        return "상담사"
    return "고객" if _CALLER_DOES.search(text) else None


def _line(field: SummaryField, text: str, line: SummaryLine) -> SummaryLine:
    return SummaryLine(field=field, text=text, evidence=line.evidence)
