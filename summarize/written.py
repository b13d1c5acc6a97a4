"""The draft that a language model writes, checked line by line before anybody sees it."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import aclosing
from typing import Final

from contracts.categories import MAX_ALTERNATIVES, Category
from contracts.errors import ModelUnusable
from contracts.event import Role
from contracts.summary import SummaryCategory, SummaryLine
from contracts.transcript import Utterance
from models.language_model import LanguageModel
from summarize.answer import Answer, Note
from summarize.draft import Draft
from summarize.form import Template
from summarize.prompt import Asked, ask
from summarize.results import supports
from summarize.spoken import Spoken, spoken_of
from summarize.trust import MAX_LINES, Checked, check, checked_line

LABEL: Final = "요약 초안"
SHOW_EVERY_S: Final = 0.3
_TRIES: Final = 2
"""A second one when the first answer cannot be used: models are drawn by chance."""

Show = Callable[[tuple[SummaryLine, ...]], Awaitable[None]]
"""Told all lines that stand firm so far."""


class Writer:
    """Asks the model, and gives what may be shown of its answer."""

    def __init__(self, model: LanguageModel, template: Template, categories: Sequence[Category]) -> None:
        self._model = model
        self._template = template
        self._categories = categories
        self._owners = next((row.options for row in template.form.rows if row.name == "owner"), ())

    @property
    def name(self) -> str:
        return self._model.name

    async def write(
        self, utterances: Sequence[Utterance], roles: Mapping[int, Role], base: Draft, show: Show
    ) -> Draft:
        """Write a draft; `base` is the extractive one of the same words. Cancel it to give up.

        Raises:
            ModelAway: the model does not answer.
            ModelUnusable: its answers are none, twice, or nothing of them was said.
        """
        said = tuple(utterances)
        spoken = await asyncio.to_thread(spoken_of, said, roles)
        matters = {one for line in base.lines for one in line.evidence}
        asked = ask(said, roles, self._template, self._categories, matters)
        for attempt in range(1, _TRIES + 1):
            try:
                note = await self._answer(asked, spoken, show)
                draft = await asyncio.to_thread(self._draft, note, base, spoken, said, roles)
            except ModelUnusable:
                if attempt == _TRIES:
                    raise
            else:
                return draft
        raise AssertionError("not reached")

    async def _answer(self, asked: Asked, spoken: Spoken, show: Show) -> Note:
        """Read the answer, showing lines that stand firm as they come."""
        answer = Answer(asked.ids)
        firm: list[SummaryLine] = []
        shown, shown_s = 0, time.monotonic()
        async with aclosing(self._model.stream(asked.prompt)) as stream:
            async for piece in stream:
                for line in answer.feed(piece):
                    found = await asyncio.to_thread(self._firm, line, spoken)
                    if found is not None and _fits(firm, found):
                        firm.append(found)
                if len(firm) > shown and time.monotonic() - shown_s >= SHOW_EVERY_S:
                    shown, shown_s = len(firm), time.monotonic()
                    await show(tuple(firm))
        return answer.finish()

    def _firm(self, line: SummaryLine, spoken: Spoken) -> SummaryLine | None:
        """A line as it may be shown while the rest is being written; 결과 and 담당 wait for the whole."""
        if line.field in ("result", "owner") or not self._template.shows(line.field):
            return None
        return checked_line(line, spoken)

    def _draft(
        self, note: Note, base: Draft, spoken: Spoken, said: Sequence[Utterance], roles: Mapping[int, Role]
    ) -> Draft:
        offered = [line for line in note.lines if self._template.shows(line.field)]
        found = check([line for line in offered if line.field not in ("result", "owner")], spoken)
        if base.lines and not found.lines:
            raise ModelUnusable(
                "언어 모델의 답에 대화에서 말한 것이 없습니다.",
                "the language model's answer holds nothing that was said.",
            )
        lines, lost = self._with_choices(offered, found, base, said, roles)
        best, others = self._category(note.category, base)
        return Draft(
            engine=self._model.name,
            label=LABEL,
            lines=lines,
            category=best,
            alternatives=others,
            withheld=found.withheld + lost,
        )

    def _with_choices(
        self,
        offered: Sequence[SummaryLine],
        found: Checked,
        base: Draft,
        said: Sequence[Utterance],
        roles: Mapping[int, Role],
    ) -> tuple[tuple[SummaryLine, ...], int]:
        """With 결과 and 담당, which are the site's words and not the caller's: only where something speaks for them."""
        lines, lost = list(found.lines), 0
        steps = [line for line in found.lines if line.field == "followup"]
        for line in offered:
            if line.field == "owner" and not any(one.field == "owner" for one in lines):
                if steps and (line.text in self._owners or not self._owners):
                    lines.append(line.model_copy(update={"evidence": steps[-1].evidence}))
                else:
                    lost += 1
        known = [(one, roles.get(one.channel, one.role)) for one in said]
        proposed = next((line for line in offered if line.field == "result"), None)
        ruled = next((line for line in base.lines if line.field == "result"), None)
        if proposed is not None and proposed.text in self._template.results:
            behind = supports(proposed.text, self._template.results[proposed.text], known)
            if behind is not None:
                ruled = SummaryLine(field="result", text=proposed.text, evidence=(behind,))
            else:
                lost += 1
        elif proposed is not None:
            lost += 1
        return (*lines, *([ruled] if ruled else [])), lost

    def _category(self, code: str, base: Draft) -> tuple[SummaryCategory | None, tuple[SummaryCategory, ...]]:
        """The model's code comes first where the words speak for it too; it cannot bring in another."""
        ranked = [one for one in (base.category, *base.alternatives) if one is not None]
        chosen = next((one for one in ranked if one.code == code), None)
        if chosen is not None:
            ranked = [chosen, *(one for one in ranked if one is not chosen)]
        return (ranked[0] if ranked else None), tuple(ranked[1 : 1 + MAX_ALTERNATIVES])


def _fits(firm: Sequence[SummaryLine], line: SummaryLine) -> bool:
    """The same bounds as those of the whole draft."""
    same = [one for one in firm if one.field == line.field]
    return len(same) < MAX_LINES[line.field] and all(one.text != line.text for one in same)
