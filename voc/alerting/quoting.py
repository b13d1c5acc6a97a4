"""Quotes of an alert: what its contacts said, once there are enough of them that nobody can be told apart."""

from collections.abc import Mapping, Sequence
from typing import Final

from contracts.voc import About, Quote
from store import contacts, transcripts
from store.database import Database
from voc.alerting.evidence import Contacts, quotable, telling
from voc.reading.quotes import quote

MOST: Final = 5
"""Of one alert, each of another contact."""
_TRIED: Final = 12
"""Contacts whose words are read for them: not all say something to quote."""
_TEXT: Final = 300
"""Characters, at most."""


class Quoting:
    """Chooses quotes; those that are shown stay.

    Args:
        database: words are read from, which are masked there.
        quotes_from: contacts that an alert needs.
    """

    def __init__(self, database: Database, quotes_from: int) -> None:
        self._database = database
        self._quotes_from = quotes_from

    async def quotes(
        self, own: Mapping[str, About], among: Contacts, shown: Sequence[Quote]
    ) -> tuple[Quote, ...]:
        """The alert's quotes, none where it has too few contacts.

        Args:
            own: its contacts.
            among: all contacts of the last day.
            shown: its quotes so far.

        Raises:
            Unavailable: the database is away.
        """
        if len(own) < self._quotes_from:
            return ()
        if len(shown) >= MOST:
            return tuple(shown)
        phrases = [phrase for phrase, _ in telling(own.values(), among)]
        quoted = {one.contact_id for one in shown}
        found = list(shown)
        for about in quotable(list(own.values()), phrases, quoted, _TRIED):
            if len(found) >= MOST:
                break
            made = await self._quote(about)
            # Two who say the same to the letter tell no more than one.
            if made is not None and made.text not in {one.text for one in found}:
                found.append(made)
        return tuple(found)

    async def _quote(self, about: About) -> Quote | None:
        async with self._database.session() as session:
            finals = await transcripts.of_contact(session, about.contact_id)
            stored = await contacts.get(session, about.contact_id) if finals else None
        said = quote(finals, stored.roles if stored else {}, about)
        if said is None:
            return None
        return Quote(
            contact_id=about.contact_id, text=said.text[:_TEXT], at_ms=about.at_ms, district=about.district
        )
