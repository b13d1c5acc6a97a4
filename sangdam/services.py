"""The services a process may run, and what each of them is built from."""

import asyncio
import difflib
import logging
from collections.abc import Coroutine, Iterable, Sequence
from dataclasses import dataclass
from typing import ClassVar, Final, Protocol

from asr.service import AsrService
from assist import synonyms, weights
from assist.agencies import load_agencies
from assist.answers import Answerer
from assist.folder import FolderReader
from assist.service import AssistService
from assist.vectors import VectorFile
from bus.base import Bus
from bus.following import Observe
from chat_gateway.options import Options
from chat_gateway.rules_file import load_rules
from chat_gateway.service import ChatGateway
from console.auth import Auth
from console.server import Console
from contracts.categories import DEFAULT_PATH as CATEGORIES
from contracts.categories import load_categories
from contracts.districts import District, load_districts
from contracts.errors import BadSetting, ModelError, Unavailable
from ingest.live import LiveCalls
from ingest.orphans import Orphans
from ingest.server import IngestServer
from models.diarizer import Diarizer
from models.language_model import LanguageModel
from models.morphemes import Morphemes
from models.vad import VoiceActivity
from privacy.vault import Vault
from sangdam.added_models import AddedModels
from sangdam.guide_files import read_guides
from sangdam.recogniser import Recogniser, choose_diarizer, load_voice
from sangdam.settings import Settings, revealed
from sangdam.site import SAMPLE_CALLS, open_database
from sangdam.voc_site import voc_service
from sangdam.vocabulary import keep_names
from store.database import Database
from summarize.form import load_form
from summarize.service import SummarizeService
from voc.service import VocService

log = logging.getLogger(__name__)

SERVICES: Final = ("ingest", "asr", "assist", "summarize", "voc", "chat_gateway", "console")
"""All there are, in the order in which a call passes them; chats come in by a door of their own."""
NONE_ADDED: Final = AddedModels()
WEB: Final = frozenset({"ingest", "chat_gateway", "console"})
"""Those with routes on the web port."""
_LOOK_S: Final = 10.0

Work = Coroutine[object, object, None]


class Part(Protocol):
    """A service of this process."""

    name: ClassVar[str]

    @property
    def service(self) -> object:
        """What has the `counts` and gauges that operators read."""
        ...

    @property
    def ready(self) -> asyncio.Event:
        """Set when the service does its work."""
        ...

    def work(self) -> Iterable[Work]:
        """What runs until cancelled."""
        ...


@dataclass(frozen=True, slots=True)
class Foundation:
    """What the services of a process stand on."""

    options: Settings
    bus: Bus
    database: Database | None
    """None: asr alone, which does without."""
    secret: str
    """Signs the cookies; empty where nobody signs in."""
    instance: str
    """Of this process, new at each start."""
    vault: Vault | None = None
    """Where citizens' words are sealed; None without chats."""

    @property
    def store(self) -> Database:
        assert self.database is not None, "needs_database says who needs it"
        return self.database


@dataclass(frozen=True, slots=True)
class IngestPart:
    name: ClassVar[str] = "ingest"
    service: IngestServer
    calls: LiveCalls
    orphans: Orphans
    diarizer: Diarizer | None
    auth: Auth

    @property
    def ready(self) -> asyncio.Event:
        return self.orphans.ready

    def work(self) -> Iterable[Work]:
        return (self.orphans.run(),)


@dataclass(frozen=True, slots=True)
class AsrPart:
    name: ClassVar[str] = "asr"
    service: AsrService
    morphemes: Morphemes
    districts: tuple[District, ...]
    foundation: Foundation

    @property
    def ready(self) -> asyncio.Event:
        return self.service.ready

    def work(self) -> Iterable[Work]:
        return (self.service.run(), self._names())

    async def _names(self) -> None:
        """The tenant's names, as soon as the database is there: speech is written down without them too."""
        shared = self.foundation.database
        database = shared or await _opened(self.foundation.options)
        try:
            await keep_names(database, self.districts, self.morphemes, self.service)
        finally:
            if database is not shared:
                await database.close()


@dataclass(frozen=True, slots=True)
class AssistPart:
    name: ClassVar[str] = "assist"
    service: AssistService
    folder: FolderReader | None
    """Guides that are read again and again."""
    speaker: LanguageModel | None

    @property
    def ready(self) -> asyncio.Event:
        return self.service.ready

    def work(self) -> Iterable[Work]:
        again = (self.folder.run(),) if self.folder else ()
        return (_with(self.service.run(), self.speaker), *again)


@dataclass(frozen=True, slots=True)
class SummarizePart:
    name: ClassVar[str] = "summarize"
    service: SummarizeService
    writer: LanguageModel | None

    @property
    def ready(self) -> asyncio.Event:
        return self.service.ready

    def work(self) -> Iterable[Work]:
        return (_with(self.service.run(), self.writer),)


@dataclass(frozen=True, slots=True)
class VocPart:
    name: ClassVar[str] = "voc"
    service: VocService

    @property
    def ready(self) -> asyncio.Event:
        return self.service.ready

    def work(self) -> Iterable[Work]:
        return (self.service.run(),)


async def _with(work: Work, model: LanguageModel | None) -> None:
    """The work, and the model's connections for as long as it lasts."""
    try:
        await work
    finally:
        if model:
            await model.close()


@dataclass(frozen=True, slots=True)
class ChatPart:
    name: ClassVar[str] = "chat_gateway"
    service: ChatGateway
    auth: Auth

    @property
    def ready(self) -> asyncio.Event:
        return self.service.ready

    def work(self) -> Iterable[Work]:
        return (self.service.run(),)


@dataclass(frozen=True, slots=True)
class ConsolePart:
    name: ClassVar[str] = "console"
    service: Console

    @property
    def ready(self) -> asyncio.Event:
        return self.service.ready

    def work(self) -> Iterable[Work]:
        return (self.service.run(),)


def choose(names: Sequence[str]) -> tuple[str, ...]:
    """The named services in their order; all of them for none.

    Raises:
        BadSetting: there is no such service.
    """
    for name in names:
        if name not in SERVICES:
            raise _no_such(name)
    return tuple(name for name in SERVICES if name in names or not names)


def _no_such(name: str) -> BadSetting:
    known = ", ".join(SERVICES)
    ko, en = f"서비스 '{name}'이(가) 없습니다.", f"there is no service '{name}'."
    for near in difflib.get_close_matches(name, SERVICES, n=1, cutoff=0.5):
        ko, en = f"{ko} '{near}'을(를) 뜻하셨습니까?", f"{en} Did you mean '{near}'?"
    return BadSetting(f"{ko} 있는 서비스: {known}.", f"{en} There are: {known}.")


def needs_database(names: Iterable[str]) -> bool:
    """Asr only takes names from it, and goes on while it is away."""
    return set(names) != {"asr"}


def build(
    names: Iterable[str],
    foundation: Foundation,
    recogniser: Recogniser | None = None,
    observe: Observe | None = None,
    added: AddedModels = NONE_ADDED,
) -> dict[str, Part]:
    """The services, not yet running.

    Args:
        names: of `SERVICES`.
        foundation: open, and closed by the caller.
        recogniser: for asr.
        observe: told of each event that the console shows.
        added: for assist, summarize and voc.

    Raises:
        BadSetting: a form or code table that cannot be used.
    """
    options = foundation.options
    wanted = set(names)
    bus, parts = foundation.bus, dict[str, Part]()
    morphemes = Morphemes()
    if "console" in wanted:
        parts["console"] = ConsolePart(
            Console(
                bus,
                foundation.store,
                secret=foundation.secret,
                observe=observe,
                form=load_form(options.summary_form),
                read_guides=read_guides,
                stale_after_days=options.stale_days,
                categories=load_categories(options.categories or CATEGORIES),
                districts=load_districts(options.districts),
            )
        )
    if wanted & (WEB - {"console"}):
        # One for all doors of a process: who signs out at one is out at the others.
        console = parts.get("console")
        auth = Auth(foundation.store, foundation.secret)
        if isinstance(console, ConsolePart):
            auth = console.service.auth
        if "ingest" in wanted:
            parts["ingest"] = _ingest(foundation, auth, recogniser.voice if recogniser else None)
        if "chat_gateway" in wanted:
            parts["chat_gateway"] = _chat(foundation, auth)
    if "asr" in wanted:
        assert recogniser is not None, "asr needs its models"
        parts["asr"] = AsrPart(
            recogniser.service(bus), morphemes, load_districts(options.districts), foundation
        )
    if "assist" in wanted:
        parts["assist"] = _assist(foundation, morphemes, added)
    if "summarize" in wanted:
        service = SummarizeService(
            bus,
            foundation.store,
            options.categories,
            model=added.writer,
            templates_path=options.summary_form,
            write_limit_s=options.llm_limit_s,
        )
        parts["summarize"] = SummarizePart(service, added.writer)
    if "voc" in wanted:
        parts["voc"] = VocPart(voc_service(options, bus, foundation.store, morphemes, added.encoder))
    return {name: parts[name] for name in SERVICES if name in parts}


def _assist(foundation: Foundation, morphemes: Morphemes, added: AddedModels) -> AssistPart:
    options, encoder = foundation.options, added.encoder
    kept = (
        VectorFile(options.data_dir / "vectors", encoder.fingerprint, encoder.dimensions) if encoder else None
    )
    service = AssistService(
        foundation.bus,
        foundation.store,
        morphemes,
        encoder=encoder,
        kept=kept,
        reranker=added.reranker,
        answers=Answerer(added.speaker) if added.speaker else None,
        agencies=load_agencies(options.agencies) if options.agencies else None,
        weights=weights.read(options.weights) if options.weights else None,
        synonyms=synonyms.read(options.synonyms) if options.synonyms else None,
        stale_days=options.stale_days,
    )
    folder = None
    if options.guides:
        folder = FolderReader(foundation.store, options.guides, retire_missing=options.guides_retire)
    return AssistPart(service, folder, added.speaker)


def _chat(foundation: Foundation, auth: Auth) -> ChatPart:
    assert foundation.vault is not None, "the foundation has one for those who need it"
    settings = foundation.options
    gateway = ChatGateway(
        foundation.bus,
        foundation.store,
        foundation.vault,
        load_rules(settings.chat),
        chat_options(settings),
        secret=foundation.secret,
        authenticate=auth.authenticate,
        instance=foundation.instance,
    )
    return ChatPart(gateway, auth)


def chat_options(settings: Settings) -> Options:
    """What the settings say of chats."""
    return Options(
        public_url=settings.public_url.rstrip("/"),
        origins=frozenset(settings.origins.split()),
        embed_origins=frozenset(settings.embed_origins.split()),
        ars_key=revealed(settings.ars_key) or "",
        instagram_secret=revealed(settings.instagram_secret) or "",
        instagram_token=revealed(settings.instagram_token) or "",
        instagram_verify=revealed(settings.instagram_verify) or "",
        instagram_url=settings.instagram_url,
        kakao_secret=revealed(settings.kakao_secret) or "",
        kakao_token=revealed(settings.kakao_token) or "",
        kakao_url=settings.kakao_url,
        smtp=settings.smtp,
        smtp_password=revealed(settings.smtp_password) or "",
        mail_from=settings.mail_from,
        push_key=revealed(settings.push_key) or "",
        push_contact=settings.push_contact,
    )


def _ingest(foundation: Foundation, auth: Auth, voice: VoiceActivity | None) -> IngestPart:
    calls = LiveCalls(foundation.bus, instance=foundation.instance)
    orphans = Orphans(foundation.bus, foundation.store, foundation.instance, calls.counts)
    diarizer = None
    try:
        diarizer = choose_diarizer(foundation.options, voice or load_voice(foundation.options))
    except ModelError as error:
        log.warning("recordings of one channel stay one channel: %s", error)
    server = IngestServer(calls, auth.authenticate, SAMPLE_CALLS, diarizer)
    return IngestPart(server, calls, orphans, diarizer, auth)


async def _opened(options: Settings) -> Database:
    """The database, when it is there: until then it is looked for."""
    while True:
        try:
            return await open_database(options)
        except (Unavailable, OSError) as error:
            log.warning("names: %s", error)
            await asyncio.sleep(_LOOK_S)
