"""voc as a site has it: what its settings name, put together."""

from zoneinfo import ZoneInfo

from threadpoolctl import threadpool_limits

from bus.base import Bus
from contracts.categories import DEFAULT_PATH, load_categories
from contracts.districts import load_districts
from models.encoder import Encoder
from models.morphemes import Morphemes
from sangdam.settings import Settings
from sangdam.voc_notices import site_courier, site_notices
from store.database import Database
from voc.baseline.calendar import Calendar
from voc.detector import Detector
from voc.reading.about import Reader
from voc.reading.theming import Theming
from voc.report.maker import ReportMaker
from voc.report.source import Place
from voc.rules import load_rules
from voc.service import VocService


def site_reader(options: Settings, morphemes: Morphemes) -> Reader:
    """Says what contacts are about, by the site's 상담유형 and districts.

    Raises:
        BadSetting: a table that cannot be used.
    """
    categories = load_categories(options.categories or DEFAULT_PATH)
    return Reader(categories, load_districts(options.districts), morphemes)


def site_zone(options: Settings) -> ZoneInfo:
    """Whose calendar tells the days. Raises: BadSetting."""
    return ZoneInfo(load_rules(options.voc).time_zone)


def site_place(options: Settings) -> Place:
    """What reports need to know of the site. Raises: BadSetting."""
    rules = load_rules(options.voc)
    return Place(
        zone=ZoneInfo(rules.time_zone),
        labels={one.code: one.label for one in load_categories(options.categories or DEFAULT_PATH)},
        districts=load_districts(options.districts),
        quotes_from=rules.quotes_from,
    )


def voc_service(
    options: Settings, bus: Bus, database: Database, morphemes: Morphemes, encoder: Encoder | None = None
) -> VocService:
    """The service, not yet running; with an encoder themes are found by meaning.

    Raises:
        BadSetting: a table or the rules cannot be used.
    """
    # Matrices are small here: threads of numpy's BLAS would spin beside each other, and beside the recogniser.
    threadpool_limits(1, user_api="blas")
    rules = load_rules(options.voc)
    zone = ZoneInfo(rules.time_zone)
    detector = Detector(
        database,
        bus,
        rules,
        Calendar(zone, rules.country),
        load_districts(options.districts),
        load_categories(options.categories or DEFAULT_PATH),
        tell=site_notices(options, rules),
    )
    return VocService(
        bus,
        database,
        site_reader(options, morphemes),
        detector,
        courier=site_courier(options, database),
        reports=ReportMaker(database, site_place(options)),
        themes=Theming(database, encoder),
        zone=zone,
    )
