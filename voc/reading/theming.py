"""Finds the theme of contacts that have none yet, beside the counting: by what was counted, a few times an hour."""

import asyncio
import logging
import time
from collections import Counter
from collections.abc import Callable
from typing import Final
from uuid import uuid4

import numpy as np

from contracts.errors import SangdamError
from store import voc_notes, voc_themes
from store.database import Database
from store.voc_themes import StoredTheme
from voc.reading.themes import MAX_THEMES, Encodes, Theme, Themes

log = logging.getLogger(__name__)

NOTE: Final = "themes"
EVERY_S: Final = 300.0
WINDOW_MS: Final = 6 * 3_600_000
"""Contacts of so long are looked at again, until they belong to a theme."""
KEPT_MS: Final = 28 * 24 * 3_600_000
"""A theme that nobody spoke of for so long is not taken up again."""
AT_ONCE: Final = 10_000
"""Contacts of one look."""


class Theming:
    """One voc process of a site does it at a time; another takes over from the store."""

    def __init__(
        self,
        database: Database,
        encoder: Encodes | None = None,
        *,
        every_s: float = EVERY_S,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """Take the store and, where the site has one, a dense encoder."""
        self._database = database
        self._encoder = encoder
        self._every_s = every_s
        self._clock = clock
        self._who = str(uuid4())
        self._themes: Themes | None = None

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            try:
                await self.look(int(self._clock() * 1000))
            except (SangdamError, OSError) as error:
                log.warning("themes: %s", error)
            except Exception:
                log.exception("themes: not found this time")
                self._themes = None
            await asyncio.sleep(self._every_s)

    async def look(self, now_ms: int) -> int | None:
        """Place what has no theme; how many contacts got one, None where another process looks."""
        async with self._database.session() as session:
            note = await voc_notes.get(session, NOTE)
            if not await voc_notes.claim(session, NOTE, self._who, now_ms, int(self._every_s * 900)):
                return None
            if self._themes is None or note is None or note.value != self._who:
                known = await voc_themes.since(session, now_ms - KEPT_MS, MAX_THEMES)
                self._themes = Themes(self._encoder, [_theme(each) for each in known])
            abouts = await voc_themes.without(session, now_ms - WINDOW_MS, AT_ONCE)
        themes = self._themes
        placed = await asyncio.to_thread(lambda: [themes.place(about) for about in abouts])
        given = {about.contact_id: about.theme_id for about in placed if themes.is_theme(about.theme_id)}
        async with self._database.session() as session:
            await voc_themes.put(session, [_stored(theme) for theme in themes.changed()])
            await voc_themes.give(session, given)
        return len(given)


def _stored(theme: Theme) -> StoredTheme:
    direction = theme.direction
    centroid = b"" if direction is None else direction.astype("<f4").tobytes()
    phrases = tuple(theme.core)
    return StoredTheme(
        theme.theme_id, theme.name, phrases, theme.contacts, theme.first_ms, theme.last_ms, centroid
    )


def _theme(stored: StoredTheme) -> Theme:
    """As it was; of its phrases is known only that they stand for it."""
    direction = np.frombuffer(stored.centroid, dtype="<f4").astype(np.float32) if stored.centroid else None
    phrases = Counter(dict.fromkeys(stored.phrases, stored.contacts))
    return Theme(stored.theme_id, stored.first_ms, stored.last_ms, stored.contacts, phrases, direction)
