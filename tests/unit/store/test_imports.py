import datetime as dt
from dataclasses import replace

from contracts.guides import GuideText
from store import articles, versions
from tests.unit.store.test_articles import PASSPORT
from tests.unit.store.test_versions import NOON_MS, moved, saved, states

OTHER = replace(PASSPORT, article_id="other", title="주차")
DAY = dt.date(2026, 5, 10)


async def imported(session, *some, place="guides", undated=()):
    return await versions.import_many(session, some, NOON_MS, place=place, undated=undated)


async def by_hand(session, article_id="passport", body="손으로 고침"):
    """An editor publishes another text over what was imported."""
    text = versions.text_of(await articles.get(session, article_id)).model_copy(update={"body": body})
    draft = await saved(session, article_id=article_id, text=text)
    return await moved(session, "published", draft.edit, article_id=article_id, own=True)


async def test_each_change_is_a_published_version(session):
    assert await imported(session, PASSPORT, OTHER) == 2
    assert await articles.all(session) == [OTHER, PASSPORT]
    (first,) = await versions.of_article(session, "passport")
    assert (first.status, first.author, first.note, first.at_ms) == ("published", "import", "guides", NOON_MS)
    assert await imported(session, replace(PASSPORT, body="새 내용"), OTHER) == 1
    assert states(await versions.of_article(session, "passport")) == [
        (2, "published", "import"),
        (1, "published", "import"),
    ]
    assert await articles.get(session, "passport") == replace(PASSPORT, body="새 내용", version=2)
    assert await versions.of_article(session, "other") == [
        first.model_copy(update={"article_id": "other", "text": versions.text_of(OTHER)})
    ]


async def test_what_is_unchanged_is_left_alone(session):
    await imported(session, PASSPORT, OTHER)
    assert await imported(session, PASSPORT, OTHER) == 0
    later = replace(PASSPORT, revised=dt.date(2026, 9, 9))
    assert await imported(session, later, undated={"passport"}) == 0
    assert await articles.version(session) == 1
    assert await imported(session, later) == 1


async def test_an_open_draft_is_never_touched(session):
    await imported(session, PASSPORT)
    draft = await saved(session, article_id="passport")
    await imported(session, replace(PASSPORT, body="새 내용"))
    assert states(await versions.of_article(session, "passport")) == [
        (3, "published", "import"),
        (2, "draft", "kim"),
        (1, "published", "import"),
    ]
    assert await versions.open_of(session, "passport") == draft
    # Published later, the draft is the newest, and its number says so.
    shown = await moved(session, "published", draft.edit, article_id="passport", own=True)
    assert shown.version == (await articles.get(session, "passport")).version == 4
    assert await versions.open_of(session, "passport") is None
    draft = await saved(session, article_id="never-published")
    await imported(session, replace(PASSPORT, article_id="never-published"))
    assert await versions.open_of(session, "never-published") == draft


async def test_an_editors_text_stays_until_the_file_changes(session):
    await imported(session, PASSPORT)
    mine = await by_hand(session)
    assert await imported(session, PASSPORT) == 0
    assert (await articles.get(session, "passport")).body == "손으로 고침"
    assert await imported(session, replace(PASSPORT, body="파일을 고침")) == 1
    article = await articles.get(session, "passport")
    assert (article.body, article.version) == ("파일을 고침", mine.version + 1)


async def test_checked_in_the_file_is_no_new_version(session):
    await imported(session, PASSPORT)
    assert await imported(session, replace(PASSPORT, checked=DAY)) == 1
    (only,) = await versions.of_article(session, "passport")
    assert only.text.checked == DAY.isoformat()
    assert (await articles.get(session, "passport")).checked == DAY
    # An older date, or none, takes nothing back.
    assert await imported(session, PASSPORT) == 0


async def test_retired_by_hand_stays_retired(session):
    await imported(session, PASSPORT)
    await moved(session, "retired", 1, article_id="passport")
    assert await imported(session, PASSPORT) == 0
    assert await imported(session, replace(PASSPORT, body="새 내용")) == 1
    assert await articles.valid(session, DAY) == []
    newest = (await versions.of_article(session, "passport"))[0]
    assert (newest.version, newest.status, newest.text.body) == (2, "retired", "새 내용")
    assert await imported(session, replace(PASSPORT, body="더 새 내용")) == 1
    assert await articles.valid(session, DAY) == []


async def test_what_is_gone_and_what_comes_back(session):
    await imported(session, PASSPORT, OTHER, replace(PASSPORT, article_id="mine"))
    await imported(session, replace(PASSPORT, article_id="elsewhere"), place="guides-2")
    await by_hand(session, "mine")
    assert await versions.imported_from(session, "guides") == {"passport", "other"}
    assert await versions.retire_many(session, {"passport", "none"}, NOON_MS) == 1
    assert await versions.retire_many(session, {"passport"}, NOON_MS) == 0
    assert await versions.imported_from(session, "guides") == {"other"}
    gone = await versions.shown_of(session, "passport")
    assert (gone.status, gone.reviewer) == ("retired", "import")
    assert await imported(session, PASSPORT) == 1
    assert states(await versions.of_article(session, "passport")) == [(1, "published", "import")]
    assert await versions.imported_from(session, "guides") == {"passport", "other"}


async def test_a_file_that_moved_is_gone_from_the_first_place_only(session):
    await imported(session, PASSPORT)
    await moved(session, "checked", 1, article_id="passport", note="전화로 확인")
    assert await imported(session, PASSPORT, place="archive") == 0
    assert await versions.imported_from(session, "guides") == set()
    assert await versions.imported_from(session, "archive") == {"passport"}
    (only,) = await versions.of_article(session, "passport")
    assert only.note == "archive\n전화로 확인"


async def test_a_note_is_not_taken_for_a_place(session):
    await imported(session, PASSPORT, place="")
    await moved(session, "checked", 1, article_id="passport", note="전화로 확인")
    assert await versions.imported_from(session, "전화로 확인") == set()
    await imported(session, PASSPORT)
    assert (await versions.shown_of(session, "passport")).note == "guides\n전화로 확인"


async def test_articles_of_before_versions_are_known_by_their_place(session):
    await articles.upsert_many(session, [PASSPORT, OTHER])
    assert await imported(session, PASSPORT, replace(OTHER, body="새 내용")) == 1
    assert await versions.imported_from(session, "guides") == {"passport", "other"}
    old = await versions.get(session, "other", 1)
    assert (old.text.body, old.status) == (OTHER.body, "published")


async def test_thousands_at_once(session):
    many = [replace(PASSPORT, article_id=f"a{number:04}") for number in range(1500)]
    assert await imported(session, *many) == 1500
    assert await imported(session, *many[:-1], replace(many[-1], body="새 내용")) == 1
    assert len(await versions.imported_from(session, "guides")) == 1500
    assert isinstance((await versions.get(session, "a1499", 2)).text, GuideText)
