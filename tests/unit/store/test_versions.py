import asyncio
import datetime as dt
from dataclasses import replace

import pytest

from contracts.errors import BadArticle, Conflict, NotAllowed, NotFound
from contracts.guides import GuideText
from store import articles, versions
from tests.unit.store.test_articles import PASSPORT

DAY_MS = 86_400_000
NOON_MS = int(dt.datetime(2026, 5, 10, 12, tzinfo=versions.SEOUL).timestamp() * 1000)
TEXT = GuideText(title="소파 버리기", body="구청에 신고합니다.", keywords=("소파",))


async def saved(session, *, edit=0, author="kim", text=TEXT, article_id="sofa"):
    return await versions.save(session, article_id, text, edit=edit, author=author, at_ms=NOON_MS)


async def moved(session, to, edit, *, who="lee", own=False, article_id="sofa", note="", at_ms=NOON_MS):
    return await versions.move(
        session, article_id, to, edit=edit, staff_id=who, may_publish_own=own, at_ms=at_ms, note=note
    )


async def published(session, *, text=TEXT, edit=0):
    draft = await saved(session, text=text, edit=edit)
    review = await moved(session, "review", draft.edit)
    return await moved(session, "published", review.edit)


def states(found):
    return [(one.version, one.status, one.author) for one in found]


async def test_from_draft_to_agents(session):
    draft = await saved(session)
    assert (draft.version, draft.status, draft.edit, draft.author) == (1, "draft", 1, "kim")
    assert await articles.all(session) == []
    review = await moved(session, "review", draft.edit, who="kim")
    shown = await moved(session, "published", review.edit, note="확인함")
    assert (shown.version, shown.status, shown.edit, shown.reviewer) == (1, "published", 3, "lee")
    assert shown.note == "확인함"
    assert await versions.of_article(session, "sofa") == [shown]
    article = await articles.get(session, "sofa")
    assert (article.title, article.keywords, article.version) == ("소파 버리기", ("소파",), 1)
    assert article.revised == article.checked == dt.date(2026, 5, 10)
    assert await articles.version(session) == 1


async def test_the_next_version_is_written_beside_what_agents_see(session):
    first = await published(session)
    draft = await saved(session, text=first.text.model_copy(update={"body": "앱으로 신고합니다."}))
    assert states(await versions.of_article(session, "sofa")) == [
        (2, "draft", "kim"),
        (1, "published", "kim"),
    ]
    assert (await versions.open_all(session))["sofa"] == await versions.open_of(session, "sofa") == draft
    assert await versions.get(session, "sofa", 1) == first
    assert (await articles.get(session, "sofa")).body == "구청에 신고합니다."
    review = await moved(session, "review", draft.edit)
    later = NOON_MS + 30 * DAY_MS
    second = await moved(session, "published", review.edit, at_ms=later)
    article = await articles.get(session, "sofa")
    assert (article.body, article.version) == ("앱으로 신고합니다.", 2)
    # The dates were those of the version before: now it is revised and read today.
    assert article.revised == article.checked == dt.date(2026, 6, 9)
    assert await versions.open_of(session, "sofa") is None
    assert await versions.shown_of(session, "sofa") == second


async def test_dates_that_the_editor_wrote_stay(session):
    text = TEXT.model_copy(update={"revised": "2026-01-02", "valid_until": "2026-12-31"})
    await published(session, text=text)
    article = await articles.get(session, "sofa")
    assert (article.revised, article.valid_until) == (dt.date(2026, 1, 2), dt.date(2026, 12, 31))


async def test_who_comes_second_is_told_what_is_newer(session):
    draft = await saved(session)
    newer = await saved(session, edit=1, author="lee")
    for edit in (0, 1, 3):
        with pytest.raises(versions.Newer) as refused:
            await saved(session, edit=edit)
        assert refused.value.newer == newer
        with pytest.raises(Conflict):
            await moved(session, "review", edit)
    assert await versions.of_article(session, "sofa") == [newer]
    assert newer == draft.model_copy(update={"edit": 2, "author": "lee"})


async def test_two_at_once_make_one_version(database):
    async def one(author):
        async with database.session() as session:
            return await saved(session, author=author)

    results = await asyncio.gather(*(one(f"e{number}") for number in range(4)), return_exceptions=True)
    won = [result for result in results if not isinstance(result, Exception)]
    assert len(won) == 1
    assert sum(isinstance(result, versions.Newer) for result in results) == 3
    async with database.session() as session:
        assert await versions.of_article(session, "sofa") == won


async def test_nobody_publishes_their_own(session):
    draft = await saved(session)
    with pytest.raises(Conflict):
        await moved(session, "published", draft.edit)  # not reviewed
    review = await moved(session, "review", draft.edit, who="kim")
    with pytest.raises(NotAllowed):
        await moved(session, "published", review.edit, who="kim")
    # Who saved last is the author: the other one has to read it.
    second = await saved(session, edit=review.edit, author="lee")
    assert second.status == "draft"
    review = await moved(session, "review", second.edit)
    with pytest.raises(NotAllowed):
        await moved(session, "published", review.edit, who="lee")
    assert (await moved(session, "published", review.edit, who="kim")).reviewer == "kim"
    again = await saved(session)
    assert (await moved(session, "published", again.edit, who="kim", own=True)).version == 2


async def test_back_to_draft(session):
    draft = await saved(session)
    review = await moved(session, "review", draft.edit)
    back = await moved(session, "draft", review.edit, note="수수료를 확인해 주십시오")
    assert (back.status, back.edit, back.note) == ("draft", 3, "수수료를 확인해 주십시오")
    assert await moved(session, "draft", back.edit) == back


async def test_checked_is_no_new_version(session):
    shown = await published(session)
    draft = await saved(session)
    checked = await moved(session, "checked", shown.edit, at_ms=NOON_MS + DAY_MS)
    assert (checked.version, checked.text.checked) == (1, "2026-05-11")
    assert (await articles.get(session, "sofa")).checked == dt.date(2026, 5, 11)
    assert await versions.open_of(session, "sofa") == draft
    assert await articles.version(session) == 2


async def test_retired_and_published_again(session):
    shown = await published(session)
    with pytest.raises(versions.Newer):
        await moved(session, "retired", shown.edit + 1)
    gone = await moved(session, "retired", shown.edit)
    assert (gone.version, gone.status) == (1, "retired")
    assert await articles.valid(session, dt.date(2026, 6, 1)) == []
    assert (await articles.get(session, "sofa")).retired
    # It was reviewed before: whoever wrote it may bring it back.
    await moved(session, "published", gone.edit, who="kim")
    assert [one.version for one in await articles.valid(session, dt.date(2026, 6, 1))] == [1]
    assert await articles.version(session) == 3


async def test_what_cannot_be_moved(session):
    for to in ("review", "published", "retired", "checked"):
        with pytest.raises(NotFound):
            await moved(session, to, 0)
    await published(session)
    with pytest.raises(NotFound):
        await moved(session, "review", 3)


@pytest.mark.parametrize(
    "wrong",
    [
        {"revised": "어제"},
        {"valid_from": "2026-13-01"},
        {"valid_from": "2026-02-01", "valid_until": "2026-01-01"},
    ],
)
async def test_what_cannot_be_saved(session, wrong):
    with pytest.raises(BadArticle):
        await saved(session, text=TEXT.model_copy(update=wrong))
    with pytest.raises(BadArticle):
        await saved(session, article_id="../x")


async def test_an_empty_draft_is_kept_but_not_sent_on(session):
    draft = await saved(session, text=GuideText(title="제목", body=" "))
    with pytest.raises(BadArticle):
        await moved(session, "review", draft.edit)
    with pytest.raises(BadArticle):
        await moved(session, "published", draft.edit, own=True)


async def test_articles_of_before_versions_are_their_first(session):
    await articles.upsert_many(session, [replace(PASSPORT, article_id="sofa")])
    (first,) = await versions.of_article(session, "sofa")
    assert (first.version, first.status, first.edit, first.author) == (1, "published", 1, "import")
    assert first.text.title == PASSPORT.title
    draft = await saved(session)
    assert draft.version == 2
    assert await versions.get(session, "sofa", 1) == first
    gone = await moved(session, "retired", first.edit)
    assert await versions.of_article(session, "sofa") == [draft, gone]
