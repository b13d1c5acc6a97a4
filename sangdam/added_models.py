"""Models that a site may add: an encoder for its guides and the themes of contacts, a re-ranker, a language model."""

import logging
from collections.abc import Collection
from dataclasses import dataclass

from contracts.errors import BadSetting
from models.encoder import Encoder
from models.language_model import LanguageModel
from models.local_language_model import LocalLanguageModel
from models.openai_server import OpenAIServer
from models.reranker import Reranker
from sangdam.settings import Settings, revealed

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class AddedModels:
    """Each of them may be missing: then guides are found by words alone, and summaries are what was said."""

    encoder: Encoder | None = None
    reranker: Reranker | None = None
    writer: LanguageModel | None = None
    """Writes summaries."""
    speaker: LanguageModel | None = None
    """Says a card's passage in one sentence."""


def load_added(options: Settings, names: Collection[str]) -> AddedModels:
    """What these services are to have. Blocks for as long as loading takes.

    Raises:
        ModelMissing, ModelCorrupt: weights or the extra that loads them.
        BadSetting: a setting that cannot be used, or two that do not go together.
    """
    assist, summarize = "assist" in names, "summarize" in names
    check(options)
    local = None
    if options.llm_model and not options.llm_url and (summarize or (assist and options.answers)):
        local = LocalLanguageModel.load(
            options.llm_model, models_dir=options.models_dir, offline=options.offline
        )
    return AddedModels(
        encoder=_encoder(options) if (assist or "voc" in names) and options.encoder else None,
        reranker=_reranker(options) if assist and options.reranker else None,
        writer=(local or _server(options)) if summarize else None,
        speaker=(local or _server(options)) if assist and options.answers else None,
    )


def check(options: Settings) -> None:
    """Raises: BadSetting, where something is asked for that has nothing to do it with."""
    if options.llm_url and not options.llm_model:
        raise BadSetting(
            "SANGDAM_LLM_URL에는 SANGDAM_LLM_MODEL(서버에 있는 모델의 이름)도 필요합니다.",
            "SANGDAM_LLM_URL needs SANGDAM_LLM_MODEL, the name of a model on that server.",
        )
    if options.answers and not options.llm_model:
        raise BadSetting(
            "SANGDAM_ANSWERS에는 언어 모델이 필요합니다. SANGDAM_LLM_MODEL을 정하십시오.",
            "SANGDAM_ANSWERS needs a language model: set SANGDAM_LLM_MODEL.",
        )


def _server(options: Settings) -> LanguageModel | None:
    if not options.llm_url:
        return None
    return OpenAIServer(
        options.llm_url, options.llm_model, key=revealed(options.llm_key), ca_file=options.llm_ca
    )


def _encoder(options: Settings) -> Encoder:
    return Encoder.load(options.encoder, models_dir=options.models_dir, offline=options.offline)


def _reranker(options: Settings) -> Reranker:
    return Reranker.load(options.reranker, models_dir=options.models_dir, offline=options.offline)
