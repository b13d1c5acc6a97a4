"""How well a passage answers a query, by a cross-encoder that reads both together: bge-reranker-v2-m3 and its like."""

import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from models.checkpoint import (
    DeviceChoice,
    checkpoint,
    corrupt,
    device_of,
    loading,
    need_weights,
    runtime,
    short_name,
)
from models.encoder import batches

Float32 = npt.NDArray[np.float32]

_MOST_TOKENS: Final = 512


class Reranker:
    """Thread-safe. Every call blocks."""

    def __init__(self, name: str, model: Any, tokenizer: Any, max_tokens: int, torch: Any) -> None:
        """Of loaded parts; `load` makes it."""
        self._name = name
        self._model = model
        self._tokenizer = tokenizer
        self._max_tokens = max_tokens
        self._torch = torch
        self._tokenizing = threading.Lock()

    @classmethod
    def load(
        cls,
        folder_or_name: str | Path,
        *,
        models_dir: Path,
        offline: bool = False,
        device: DeviceChoice = "auto",
    ) -> "Reranker":
        """Load it; on a GPU in half precision.

        Args:
            folder_or_name: a checkpoint's folder or its name on the hub.
            models_dir: where models are kept.
            offline: take only what is on this machine.
            device: `auto` takes a GPU that PyTorch can use.

        Raises:
            ModelMissing: the extra or the checkpoint is missing.
            ModelCorrupt: it cannot be loaded, or gives more than one number for a pair.
            BadSetting: there is no such device.
        """
        torch, transformers = runtime("dense")
        where = device_of(torch, device)
        folder = checkpoint(folder_or_name, models_dir, offline=offline)
        with loading(folder_or_name):
            tokenizer = transformers.AutoTokenizer.from_pretrained(folder, local_files_only=True)
            model, told = transformers.AutoModelForSequenceClassification.from_pretrained(
                folder,
                local_files_only=True,
                dtype=torch.float16 if where == "cuda" else torch.float32,
                output_loading_info=True,
            )
            need_weights(folder_or_name, told["missing_keys"])
            if model.config.num_labels != 1:
                raise corrupt(folder_or_name, f"it tells {model.config.num_labels} classes, not one score")
            model = model.eval().to(where)
            places = getattr(model.config, "max_position_embeddings", None) or _MOST_TOKENS
            if "roberta" in str(model.config.model_type):
                places -= (model.config.pad_token_id or 0) + 1
            most = min(_MOST_TOKENS, places, tokenizer.model_max_length)
        found = cls(short_name(folder_or_name), model, tokenizer, most, torch)
        if not np.isfinite(found.score("여권", ["여권을 다시 만듭니다"])).all():
            raise corrupt(folder_or_name, "its scores are no numbers")
        return found

    @property
    def name(self) -> str:
        return self._name

    def score(self, query: str, passages: Sequence[str]) -> Float32:
        """0-1, shape (passages,); each does not depend on the others. Of long pairs the passage is cut."""
        if not passages:
            return np.zeros(0, np.float32)
        with self._tokenizing:
            pairs = self._tokenizer(
                [query] * len(passages),
                list(passages),
                truncation="longest_first",
                max_length=self._max_tokens,
            )
        scores = np.zeros(len(passages), np.float32)
        names = [name for name in ("input_ids", "token_type_ids", "attention_mask") if name in pairs]
        for numbers in batches([len(ids) for ids in pairs["input_ids"]]):
            some = {name: [pairs[name][number] for number in numbers] for name in names}
            with self._tokenizing:
                padded = self._tokenizer.pad(some, return_tensors="pt").to(self._model.device)
            with self._torch.inference_mode():
                scores[numbers] = self._model(**padded).logits[:, 0].float().sigmoid().cpu().numpy()
        return scores
