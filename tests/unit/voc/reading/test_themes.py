"""Themes: alike contacts find each other, ids stay, and nobody counts twice."""

from zoneinfo import ZoneInfo

import numpy as np
import pytest

from contracts.voc import About
from store import voc_contacts, voc_themes
from store.database import Database
from voc.reading import themes as themes_module
from voc.reading.themes import Themes
from voc.reading.theming import Theming

NOW_MS = 1_700_000_000_000


def about(number: int, *phrases: str, at_ms: int = NOW_MS - 1000) -> About:
    return About(contact_id=f"00000000-0000-4000-8000-{number:012d}", at_ms=at_ms + number, phrases=phrases)


SMELL = (
    about(1, "고무 냄새", "고무", "냄새", "공릉동", "창문"),
    about(2, "고무 냄새", "고무", "냄새", "태릉", "며칠째"),
    about(3, "고무 냄새", "고무", "냄새", "하계동", "두통"),
)
OTHERS = (about(11, "여권 사진", "유효기간"), about(12, "가로수", "가지치기"), about(13, "재산세", "고지서"))


def test_alike_contacts_have_one_theme() -> None:
    themes = Themes()
    placed = [themes.place(each) for each in (*SMELL, *OTHERS)]
    assert len({each.theme_id for each in placed[:3]}) == 1
    assert len({each.theme_id for each in placed}) == 4
    (changed,) = themes.changed()
    assert (changed.theme_id, changed.contacts, changed.name) == (placed[0].theme_id, 3, "고무 냄새")
    assert themes.changed() == []


def test_one_plain_word_in_common_is_nothing() -> None:
    themes = Themes()
    first, second = themes.place(about(1, "골목", "가로등")), themes.place(about(2, "골목", "쓰레기"))
    assert first.theme_id != second.theme_id


def test_a_replay_gives_the_same_ids() -> None:
    assert [Themes().place(each).theme_id for each in SMELL[:1]] == [Themes().place(SMELL[0]).theme_id]
    one, other = Themes(), Themes()
    assert [one.place(each) for each in SMELL + OTHERS] == [other.place(each) for each in SMELL + OTHERS]


def test_a_contact_that_is_read_again_counts_once_and_may_move() -> None:
    themes = Themes()
    for _ in range(3):
        placed = [themes.place(each) for each in SMELL]
    assert themes.changed()[0].contacts == 3
    moved = themes.place(about(3, "재산세", "고지서", "이중"))
    assert moved.theme_id != placed[2].theme_id
    assert not themes.is_theme(placed[0].theme_id)


def test_no_phrases_no_theme() -> None:
    assert Themes().place(about(1)).theme_id == ""


def test_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(themes_module, "MAX_THEMES", 10)
    monkeypatch.setattr(themes_module, "MAX_CONTACTS", 20)
    themes = Themes()
    for number in range(200):
        themes.place(about(number, f"낱말{number} 하나", f"낱말{number}"))
    assert len(themes._themes) == 10
    assert len(themes._placed) == 20
    assert len(themes._saying) == 20


class Directions:
    """A pure stand-in: a text's direction is that of its first word."""

    def encode(self, texts: list[str]) -> np.ndarray:
        vectors = np.zeros((len(texts), 8), np.float32)
        for row, text in enumerate(texts):
            vectors[row, sum(map(ord, text.split()[0])) % 8] = 1.0
        return vectors


def test_an_encoder_finds_what_no_phrase_shares() -> None:
    themes = Themes(Directions())
    first = themes.place(about(1, "적수"), "수돗물 적수")
    assert themes.place(about(2, "녹물"), "수돗물 빨간 물").theme_id == first.theme_id
    assert themes.place(about(3, "버스"), "가 버스").theme_id != first.theme_id


async def test_the_store_knows_the_theme_and_the_next_process_goes_on(tmp_path) -> None:
    database = await Database.open(f"sqlite+aiosqlite:///{tmp_path}/voc.db")
    zone = ZoneInfo("Asia/Seoul")
    async with database.session() as session:
        await voc_contacts.put(session, [*SMELL, *OTHERS], zone=zone)
    first, second = Theming(database), Theming(database)
    assert await first.look(NOW_MS) == 3
    assert await second.look(NOW_MS + 1000) is None, "one process at a time"
    async with database.session() as session:
        (theme,) = await voc_themes.since(session, 0, 10)
        assert (theme.name, theme.contacts) == ("고무 냄새", 3)
        # The contact is read again, by somebody who knows nothing of themes; and one more comes.
        longer = SMELL[0].model_copy(update={"phrases": (*SMELL[0].phrases, "환기")})
        await voc_contacts.put(
            session, [longer, about(4, "고무 냄새", "고무", "공장", at_ms=NOW_MS)], zone=zone
        )
    assert await second.look(NOW_MS + 400_000) == 1
    async with database.session() as session:
        (theme,) = await voc_themes.since(session, 0, 10)
        assert theme.contacts == 4
        kept = await voc_contacts.of(session, [each.contact_id for each in SMELL])
    assert {each.theme_id for each in kept} == {theme.theme_id}
    await database.close()
