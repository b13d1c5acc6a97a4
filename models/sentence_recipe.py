"""How a sentence encoder wants to be used, read from the files that sentence-transformers puts beside its weights.

Without them: the mean of all tokens, unit length, and the prefixes that the E5 family was trained with.
"""

import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Literal

from contracts.errors import BadSetting, ModelCorrupt

Pooling = Literal["mean", "cls", "lasttoken"]

MOST_TOKENS: Final = 512
"""A passage of 300 characters with its titles is some 250 tokens; longer ones are cut."""
_E5: Final = re.compile(r"(?i)(?<![a-z])(?:ko)?e5(?![a-z0-9])")
_MODES: Final[dict[str, Pooling]] = {
    "pooling_mode_cls_token": "cls",
    "pooling_mode_mean_tokens": "mean",
    "pooling_mode_lasttoken": "lasttoken",
}
_KNOWN: Final = ("Transformer", "Pooling", "Normalize")
_QUERY_NAMES: Final = ("query", "s2p_query", "search_query")
_PASSAGE_NAMES: Final = ("passage", "document", "corpus", "search_document")


@dataclass(frozen=True, slots=True)
class Recipe:
    """From tokens to a vector."""

    pooling: Pooling = "mean"
    max_tokens: int = MOST_TOKENS
    prefixes: dict[str, str] = field(default_factory=dict)
    """By `query` and `passage`; what is put before such a text."""


def read_recipe(folder: Path, name: str = "") -> Recipe:
    """Read what is there.

    Args:
        folder: the checkpoint's.
        name: as it was asked for; a folder's own path may say less.

    Raises:
        ModelCorrupt: a file is no JSON.
        BadSetting: it wants a step that is not known here; its vectors would mean nothing.
    """
    pooling: Pooling = "mean"
    for module in _read(folder / "modules.json") or []:
        kind = str(module.get("type", "")).rpartition(".")[2]
        if kind not in _KNOWN:
            raise _unknown(name or str(folder), kind)
        if kind == "Pooling":
            pooling = _pooling(folder / str(module.get("path", "1_Pooling")), name)
    lengths = _read(folder / "sentence_bert_config.json") or {}
    wanted = lengths.get("max_seq_length") or MOST_TOKENS
    return Recipe(pooling, min(int(wanted), MOST_TOKENS), _prefixes(folder, name))


def _pooling(folder: Path, name: str) -> Pooling:
    config = _read(folder / "config.json") or {}
    on = [kind for flag, kind in _MODES.items() if config.get(flag)]
    others = [flag for flag, value in config.items() if flag.startswith("pooling_mode_") and value is True]
    if "pooling_mode" in config:
        on, others = (
            [kind for kind in _MODES.values() if kind == config["pooling_mode"]],
            [config["pooling_mode"]],
        )
    if len(on) != 1 or len(others) != 1:
        raise _unknown(name or str(folder), ", ".join(map(str, others)) or "no pooling")
    return on[0]


def _prefixes(folder: Path, name: str) -> dict[str, str]:
    prompts = (_read(folder / "config_sentence_transformers.json") or {}).get("prompts") or {}
    found = {
        kind: str(prompts[key])
        for kind, names in (("query", _QUERY_NAMES), ("passage", _PASSAGE_NAMES))
        for key in names[::-1]
        if prompts.get(key)
    }
    if not found and (_E5.search(name) or _E5.search(folder.name)):
        return {"query": "query: ", "passage": "passage: "}
    return found


def _read(path: Path) -> Any:
    if not path.is_file():
        return None
    try:
        return json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise ModelCorrupt(
            f"모델의 설정 파일을 읽을 수 없습니다: {path} ({error}). 다시 복사하거나 내려받으십시오.",
            f"a model's settings cannot be read: {path} ({error}). Copy or download them again.",
        ) from None


def _unknown(name: str, step: str) -> BadSetting:
    return BadSetting(
        f"'{name}' 모델은 여기서 모르는 단계({step})를 씁니다. 평균(mean), cls, lasttoken 중 하나로 벡터를 만드는 모델을 쓰십시오.",
        f"model '{name}' uses a step that is not known here ({step}). Use one that makes its vector by mean, cls or lasttoken.",
    )
