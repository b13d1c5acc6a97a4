"""A small Whisper of random weights, saved by transformers itself, becomes one that the recogniser loads."""

import json
import shutil

import numpy as np
import pytest

from contracts.errors import BadSetting, ModelCorrupt, ModelMissing
from models.convert import convert
from models.resolve import resolve_whisper
from models.whisper import Whisper, Window


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory, weights):
    """Two layers, 64 wide, and the tokenizer of Whisper base."""
    transformers = pytest.importorskip("transformers", reason="the extra 'transformers' is not installed")
    pytest.importorskip("torch", reason="the extra 'transformers' is not installed")
    folder = tmp_path_factory.mktemp("checkpoint")
    sizes = dict.fromkeys(("encoder_layers", "decoder_layers"), 2)
    sizes |= dict.fromkeys(("encoder_attention_heads", "decoder_attention_heads"), 2)
    sizes |= dict.fromkeys(("encoder_ffn_dim", "decoder_ffn_dim"), 128)
    tokens = dict.fromkeys(("eos_token_id", "bos_token_id", "pad_token_id"), 50257)
    config = transformers.WhisperConfig(
        vocab_size=51865, d_model=64, decoder_start_token_id=50258, **sizes, **tokens
    )
    transformers.WhisperForConditionalGeneration(config).save_pretrained(folder)
    tokenizer = transformers.WhisperTokenizerFast(tokenizer_file=str(weights / "tokenizer.json"))
    tokenizer.save_pretrained(folder)
    return folder


@pytest.fixture
def broken(checkpoint, tmp_path):
    """A copy to damage."""
    return shutil.copytree(checkpoint, tmp_path / "broken")


@pytest.mark.parametrize("quantization", ["float16", "int8"])
def test_the_recogniser_loads_it(checkpoint, tmp_path, quantization):
    folder = convert(str(checkpoint), tmp_path / "new" / "model", quantization=quantization)
    whisper = Whisper(resolve_whisper(str(folder), tmp_path, offline=True))
    noise = np.random.default_rng(0).normal(0, 0.1, 32000).astype(np.float32)
    (hypothesis,) = whisper.transcribe([Window(noise)])
    assert hypothesis.text
    assert [path.name for path in folder.parent.iterdir()] == ["model"]
    assert json.loads((folder / "preprocessor_config.json").read_text())["feature_size"] == 80


def test_its_tokenizer_is_the_checkpoints(checkpoint, weights, tmp_path):
    from tokenizers import Tokenizer

    folder = convert(str(checkpoint), tmp_path / "model")
    made, given = (Tokenizer.from_file(str(at / "tokenizer.json")) for at in (folder, weights))
    for text in ("소파를 버리려고 하는데요", "<|startoftranscript|><|ko|><|transcribe|><|notimestamps|>"):
        assert (
            made.encode(text, add_special_tokens=False).ids
            == given.encode(text, add_special_tokens=False).ids
        )


def test_weights_cut_off(broken, tmp_path):
    whole = (broken / "model.safetensors").read_bytes()
    (broken / "model.safetensors").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(ModelCorrupt, match="broken"):
        convert(str(broken), tmp_path / "model")
    assert not (tmp_path / "model").exists()


def test_no_tokenizer(broken, tmp_path):
    for file in broken.glob("tokenizer*"):
        file.unlink()
    with pytest.raises(ModelCorrupt, match="tokenizer"):
        convert(str(broken), tmp_path / "model", offline=True)


@pytest.mark.parametrize(("field", "value"), [("model_type", "bert"), ("vocab_size", 30_000)])
def test_another_kind_of_model(broken, tmp_path, field, value):
    config = json.loads((broken / "config.json").read_text())
    (broken / "config.json").write_text(json.dumps(config | {field: value}))
    with pytest.raises(ModelCorrupt, match=str(value)):
        convert(str(broken), tmp_path / "model", offline=True)


def test_no_checkpoint_there(checkpoint, tmp_path):
    with pytest.raises(ModelMissing, match="none/such"):
        convert("none/such", tmp_path / "model", offline=True)


def test_without_the_extra(tmp_path, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "transformers", None)
    with pytest.raises(ModelMissing, match=r"sangdam\[transformers\]"):
        convert(str(tmp_path), tmp_path / "model")


def test_nothing_is_overwritten(tmp_path):
    (tmp_path / "mine.txt").touch()
    with pytest.raises(BadSetting, match="already"):
        convert("openai/whisper-tiny", tmp_path)


def test_unknown_quantization(tmp_path):
    with pytest.raises(BadSetting, match="int8_float16"):
        convert("openai/whisper-tiny", tmp_path / "model", quantization="int3")
