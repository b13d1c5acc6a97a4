"""A transformers Whisper checkpoint, fine-tuned or not, as a folder that `models.whisper` loads.

CTranslate2's own converter does the weights; it needs the extra `transformers`. What belongs beside them is
made whole here: fine-tuned checkpoints often come without `tokenizer.json`, and one that does not fit the
weights would write nonsense without any error.
"""

import errno
import shutil
import tempfile
from pathlib import Path
from typing import Any, Final, Literal, get_args

from contracts.errors import BadSetting, ModelCorrupt, ModelMissing, StorageFull
from models.resolve import check_folder

Quantization = Literal[
    "float16", "bfloat16", "float32", "int8", "int8_float16", "int8_bfloat16", "int8_float32", "int16"
]
"""How weights are kept on disk; the type they are computed in is chosen when they are loaded."""

_TOKENS: Final = ("<|startoftranscript|>", "<|ko|>", "<|transcribe|>", "<|notimestamps|>", "<|startofprev|>")
"""What the recogniser asks with; English-only checkpoints lack some."""


def convert(source: str, target: Path, *, quantization: str = "float16", offline: bool = False) -> Path:
    """Convert a checkpoint. Blocks for seconds to minutes; takes memory of about twice the checkpoint.

    Args:
        source: a folder as `save_pretrained` writes it, or a name on the model hub.
        target: a new or empty folder; complete when it appears.
        quantization: how the weights are kept.
        offline: take a hub's checkpoint from this machine's cache only.

    Returns:
        `target`.

    Raises:
        BadSetting: the target holds something or cannot be written, or there is no such quantization.
        ModelMissing: the extra is not installed, or there is no such checkpoint.
        ModelCorrupt: no Whisper, damaged, or without a tokenizer that fits.
        StorageFull: no space.
    """
    if quantization not in (known := get_args(Quantization)):
        raise BadSetting(
            f"양자화 '{quantization}'은(는) 없습니다. 쓸 수 있는 값: {', '.join(known)}.",
            f"no quantization '{quantization}'; there are {', '.join(known)}.",
        )
    try:
        if target.exists() and (not target.is_dir() or any(target.iterdir())):
            raise BadSetting(
                f"'{target}'에 이미 파일이 있습니다. 새 폴더를 적으십시오.",
                f"'{target}' holds something already; name a new folder.",
            )
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=target.parent, prefix=".convert-") as scratch:
            made = Path(scratch, "model")
            _make(source, made, quantization, offline=offline)
            check_folder(made)
            made.replace(target)
    except OSError as error:
        raise _unwritable(target, error) from None
    return target


def _make(source: str, made: Path, quantization: str, *, offline: bool) -> None:
    try:
        import huggingface_hub  # noqa: PLC0415  comes with the extra
        import transformers  # noqa: PLC0415  an extra: most sites convert nothing
        from ctranslate2.converters import TransformersConverter  # noqa: PLC0415

        transformers.WhisperForConditionalGeneration  # noqa: B018  needs torch
    except ImportError as error:
        raise ModelMissing(
            "모델을 변환하려면 추가 패키지가 필요합니다: pip install 'sangdam[transformers]'",
            f"conversion needs extra packages ({_line(error)}): pip install 'sangdam[transformers]'",
        ) from None
    folder = Path(source).expanduser()
    try:
        if folder.is_dir():
            name = str(folder)
        else:
            name = huggingface_hub.snapshot_download(source, local_files_only=True) if offline else source
        config = transformers.AutoConfig.from_pretrained(name, local_files_only=offline)
    except (OSError, ValueError) as error:
        raise ModelMissing(
            f"'{source}'에서 모델을 찾을 수 없습니다. transformers 모델 폴더(config.json이 있는 곳)나 허브의 이름을 적고, 허브라면 연결을 확인하십시오.",
            f"no model at '{source}' ({_line(error)}); give a transformers folder, with its config.json, or a name on the hub.",
        ) from None
    if config.model_type != "whisper":
        raise _unusable(source, f"it is a model of type {config.model_type}, not whisper")
    try:
        tokenizer = transformers.AutoTokenizer.from_pretrained(name, local_files_only=offline)
        _check_tokenizer(source, config, tokenizer)
        TransformersConverter(name).convert(str(made), quantization=quantization)
        tokenizer.backend_tokenizer.save(str(made / "tokenizer.json"))
        features = transformers.WhisperFeatureExtractor(feature_size=config.num_mel_bins)
        features.save_pretrained(str(made))
    except ModelCorrupt:
        raise
    except Exception as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise
        # torch, safetensors, tokenizers and the converter each raise their own.
        raise _unusable(source, _line(error)) from None


def _check_tokenizer(source: str, config: Any, tokenizer: Any) -> None:
    known: dict[str, int] = tokenizer.get_vocab()
    if absent := [token for token in _TOKENS if token not in known]:
        raise _unusable(source, f"its tokenizer lacks {', '.join(absent)}: a multilingual Whisper is needed")
    if config.decoder_start_token_id != known[_TOKENS[0]] or max(known.values()) >= config.vocab_size:
        raise _unusable(
            source, f"its tokenizer ({len(known)} tokens) is not this model's ({config.vocab_size})"
        )


def _unusable(source: str, why: str) -> ModelCorrupt:
    return ModelCorrupt(
        f"'{source}'을(를) 변환할 수 없습니다({why}). 다국어 Whisper 모델의 모든 파일(가중치, config.json, tokenizer)이 있는지 확인하십시오.",
        f"'{source}' cannot be converted: {why}. All files of a multilingual Whisper are needed: weights, config.json, tokenizer.",
    )


def _unwritable(target: Path, error: OSError) -> StorageFull | BadSetting:
    if error.errno == errno.ENOSPC:
        free = shutil.disk_usage(target.parent).free / 1e6
        return StorageFull(
            f"'{target.parent}'의 빈 공간({free:.0f} MB)이 모자랍니다.",
            f"no space for the model in '{target.parent}': {free:.0f} MB are free.",
        )
    return BadSetting(
        f"'{target}'에 쓸 수 없습니다({error.strerror}). 다른 폴더를 적으십시오.",
        f"cannot write '{target}' ({error.strerror}); name another folder.",
    )


def _line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
