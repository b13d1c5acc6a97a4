"""Sentences as vectors by any transformers encoder: KURE-v1, bge-m3, multilingual-e5, or one of a site's own."""

import logging
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final, Literal

import numpy as np
import numpy.typing as npt

from models.checkpoint import (
    DeviceChoice,
    checkpoint,
    corrupt,
    device_of,
    fingerprint,
    loading,
    need_weights,
    runtime,
    short_name,
)
from models.sentence_recipe import Pooling, Recipe, read_recipe

log = logging.getLogger(__name__)

Float32 = npt.NDArray[np.float32]

_BATCH_TEXTS: Final = 64
_BATCH_TOKENS: Final = 8_192
"""Padding counted. Small enough that a caller's query does not wait long behind guides that are being encoded."""


class Encoder:
    """Thread-safe. Every call blocks."""

    def __init__(
        self, name: str, folder: Path, recipe: Recipe, *, model: Any, tokenizer: Any, torch: Any
    ) -> None:
        """Of loaded parts; `load` makes it."""
        self._name = name
        self._model = model
        self._tokenizer = tokenizer
        self._recipe = recipe
        self._torch = torch
        # A fast tokenizer that two threads tell how to cut fails with "Already borrowed".
        self._tokenizing = threading.Lock()
        self._fingerprint = fingerprint(folder, repr(recipe))
        self._dimensions = int(model.config.hidden_size)

    @classmethod
    def load(
        cls,
        folder_or_name: str | Path,
        *,
        models_dir: Path,
        offline: bool = False,
        device: DeviceChoice = "auto",
    ) -> "Encoder":
        """Load it; on a GPU in half precision, unless its numbers overflow there.

        Args:
            folder_or_name: a checkpoint's folder or its name on the hub.
            models_dir: where models are kept.
            offline: take only what is on this machine.
            device: `auto` takes a GPU that PyTorch can use.

        Raises:
            ModelMissing: the extra or the checkpoint is missing.
            ModelCorrupt: it cannot be loaded.
            BadSetting: it works in a way that is not known here, or there is no such device.
        """
        torch, transformers = runtime("dense")
        where = device_of(torch, device)
        folder = checkpoint(folder_or_name, models_dir, offline=offline)
        name = short_name(folder_or_name)
        recipe = read_recipe(folder, str(folder_or_name))
        with loading(folder_or_name):
            tokenizer = transformers.AutoTokenizer.from_pretrained(folder, local_files_only=True)
            if not tokenizer.is_fast:
                raise corrupt(folder_or_name, "no fast tokenizer")
            model, told = transformers.AutoModel.from_pretrained(
                folder, local_files_only=True, dtype=torch.float32, output_loading_info=True
            )
            # The pooler is BERT's own way to one vector, and not used here.
            need_weights(folder_or_name, [key for key in told["missing_keys"] if "pooler" not in key])
            recipe = _within_positions(recipe, model.config, tokenizer)
            model = model.eval().to(where)
        found = cls(name, folder, recipe, model=model, tokenizer=tokenizer, torch=torch)
        if where == "cuda" and not found.halved():
            log.warning("%s overflows in half precision and stays in single", name)
        if not found.works():
            raise corrupt(folder_or_name, "its vectors are no numbers")
        return found

    @property
    def name(self) -> str:
        return self._name

    @property
    def fingerprint(self) -> str:
        """Of weights and settings: vectors of another one cannot be compared."""
        return self._fingerprint

    @property
    def dimensions(self) -> int:
        return self._dimensions

    @property
    def recipe(self) -> Recipe:
        return self._recipe

    def halved(self) -> bool:
        """Go over to half precision, if that works."""
        self._model.half()
        if not self.works():
            self._model.float()
            return False
        return True

    def works(self) -> bool:
        """A sentence becomes a vector of unit length."""
        length = np.linalg.norm(self.encode(["여권을 다시 만들고 싶어요"]))
        return bool(abs(length - 1.0) < 0.01)

    def encode(self, texts: Sequence[str], kind: Literal["query", "passage"] = "query") -> Float32:
        """Vectors of unit length, shape (texts, dimensions); each does not depend on the others.

        Args:
            texts: cut at the recipe's number of tokens.
            kind: what they are; some encoders want it said.
        """
        vectors = np.zeros((len(texts), self._dimensions), np.float32)
        prefix = self._recipe.prefixes.get(kind, "")
        with self._tokenizing:
            tokens = (
                self._tokenizer(
                    [prefix + text for text in texts], truncation=True, max_length=self._recipe.max_tokens
                )["input_ids"]
                if texts
                else []
            )
        for numbers in batches([len(ids) for ids in tokens]):
            vectors[numbers] = self._vectors([tokens[number] for number in numbers])
        return vectors

    def _vectors(self, tokens: Sequence[Sequence[int]]) -> Float32:
        torch, longest = self._torch, max(len(ids) for ids in tokens)
        ids = torch.full((len(tokens), longest), self._tokenizer.pad_token_id or 0)
        mask = torch.zeros((len(tokens), longest), dtype=torch.long)
        for row, some in enumerate(tokens):
            ids[row, : len(some)] = torch.tensor(some)
            mask[row, : len(some)] = 1
        device = self._model.device
        with torch.inference_mode():
            hidden = self._model(input_ids=ids.to(device), attention_mask=mask.to(device)).last_hidden_state
            pooled = _pooled(hidden.float(), mask.to(device), self._recipe.pooling)
            unit = torch.nn.functional.normalize(pooled, dim=1)
        result: Float32 = unit.cpu().numpy()
        return result


def batches(
    lengths: Sequence[int], most: int = _BATCH_TEXTS, tokens: int = _BATCH_TOKENS
) -> Iterator[list[int]]:
    """Numbers of texts that go together, longest first, so that little is padded and memory runs out at once or never."""
    batch: list[int] = []
    for number in sorted(range(len(lengths)), key=lambda one: -lengths[one]):
        if batch and (len(batch) == most or lengths[batch[0]] * (len(batch) + 1) > tokens):
            yield batch
            batch = []
        batch.append(number)
    if batch:
        yield batch


def _pooled(hidden: Any, mask: Any, pooling: Pooling) -> Any:
    """Shape (texts, tokens, dimensions) → (texts, dimensions); padding stands right and counts nothing."""
    if pooling == "cls":
        return hidden[:, 0]
    if pooling == "lasttoken":
        last = mask.sum(dim=1) - 1
        return hidden[range(len(hidden)), last]
    weights = mask.unsqueeze(-1).float()
    return (hidden * weights).sum(dim=1) / weights.sum(dim=1)


def _within_positions(recipe: Recipe, config: Any, tokenizer: Any) -> Recipe:
    """Not more tokens than the model has places for: RoBERTa's count from behind the padding's number."""
    places = getattr(config, "max_position_embeddings", None) or recipe.max_tokens
    if "roberta" in str(config.model_type):
        places -= (config.pad_token_id or 0) + 1
    most = min(recipe.max_tokens, places, tokenizer.model_max_length)
    return Recipe(recipe.pooling, most, recipe.prefixes)
