"""Sentences as vectors, by real transformers code."""

import json
import threading

import numpy as np
import pytest

from contracts.errors import BadSetting, ModelCorrupt, ModelMissing
from models.encoder import Encoder
from tests.extras.conftest import TEXTS

LONG = " ".join(TEXTS * 20)


@pytest.fixture
def load(tmp_path):
    return lambda folder: Encoder.load(folder, models_dir=tmp_path, offline=True)


def test_vectors_have_unit_length(encoder):
    vectors = encoder.encode(TEXTS)
    assert vectors.shape == (len(TEXTS), encoder.dimensions) == (6, 32)
    assert vectors.dtype == np.float32
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1.0, abs=1e-5)
    assert encoder.encode([]).shape == (0, 32)
    assert np.isfinite(encoder.encode([""])).all()


def test_a_batch_is_as_each_alone(encoder):
    """Neither order nor padding changes a vector."""
    texts = [LONG, *TEXTS, "네", *TEXTS[::-1]] * 12
    together = encoder.encode(texts)
    for number in (0, 1, 7, 20, len(texts) - 1):
        assert together[number] == pytest.approx(encoder.encode([texts[number]])[0], abs=1e-5)
    assert encoder.encode(["사진"])[0] != pytest.approx(encoder.encode(["수도"])[0], abs=1e-2)


def test_as_the_library_computes_it(encoder, encoder_folder, libraries):
    """The mean over the tokens' last hidden states."""
    torch, transformers = libraries
    model = transformers.AutoModel.from_pretrained(encoder_folder).eval()
    tokens = transformers.AutoTokenizer.from_pretrained(encoder_folder)(TEXTS[0], return_tensors="pt")
    with torch.no_grad():
        mean = model(**tokens).last_hidden_state.mean(dim=1)[0].numpy()
    assert encoder.encode([TEXTS[0]])[0] == pytest.approx(mean / np.linalg.norm(mean), abs=1e-5)


def test_long_texts_are_cut(encoder):
    """The model has 128 places."""
    assert encoder.recipe.max_tokens == 128
    assert encoder.encode([LONG])[0] == pytest.approx(encoder.encode([f"{LONG} 다른 끝"])[0])


def test_pooling_by_the_first_token(make_encoder, load, libraries):
    torch, transformers = libraries
    folder = make_encoder("cls", "pooling_mode_cls_token", max_tokens=10)
    encoder = load(folder)
    assert (encoder.recipe.pooling, encoder.recipe.max_tokens) == ("cls", 10)
    model = transformers.AutoModel.from_pretrained(folder).eval()
    tokens = transformers.AutoTokenizer.from_pretrained(folder)("여권", return_tensors="pt")
    with torch.no_grad():
        first = model(**tokens).last_hidden_state[0, 0].numpy()
    assert encoder.encode(["여권"])[0] == pytest.approx(first / np.linalg.norm(first), abs=1e-5)


def test_pooling_by_the_last_token(make_encoder, load):
    folder = make_encoder("last", "pooling_mode_lasttoken")
    encoder = load(folder)
    assert encoder.recipe.pooling == "lasttoken"
    both = encoder.encode(["여권", TEXTS[0]])
    assert both[0] == pytest.approx(encoder.encode(["여권"])[0], abs=1e-5)


@pytest.mark.parametrize(
    ("name", "prompts", "query", "passage"),
    [
        ("plain", None, "", ""),
        ("multilingual-e5-tiny", None, "query: ", "passage: "),
        ("KoE5", None, "query: ", "passage: "),
        ("prompted", {"query": "질문: ", "document": "문서: "}, "질문: ", "문서: "),
        ("half", {"query": "질문: "}, "질문: ", ""),
    ],
)
def test_prefixes(make_encoder, load, name, prompts, query, passage):
    encoder = load(make_encoder(name, "pooling_mode_mean_tokens", prompts=prompts))
    bare = Encoder.encode(encoder, ["여권"], "neither")
    assert encoder.encode(["여권"], "query") == pytest.approx(
        Encoder.encode(encoder, [f"{query}여권"], "neither"), abs=1e-5
    )
    assert encoder.encode(["여권"], "passage") == pytest.approx(
        Encoder.encode(encoder, [f"{passage}여권"], "neither"), abs=1e-5
    )
    assert bool(query) == (encoder.encode(["여권"])[0] != pytest.approx(bare[0], abs=1e-4))


def test_fingerprints_tell_models_apart(make_encoder, load):
    one = make_encoder("one", "pooling_mode_mean_tokens")
    first = load(one).fingerprint
    assert load(one).fingerprint == first
    assert load(make_encoder("two", "pooling_mode_mean_tokens")).fingerprint != first
    (one / "sentence_bert_config.json").write_text('{"max_seq_length": 9}')
    assert load(one).fingerprint != first


def test_from_many_threads(encoder):
    wanted = encoder.encode(TEXTS)
    wrong = []

    def look():
        wrong.extend(float(np.abs(encoder.encode(TEXTS) - wanted).max()) for _ in range(20))

    threads = [threading.Thread(target=look) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(wrong) == 80
    assert max(wrong) < 1e-5


def test_no_such_model(tmp_path, libraries):
    for name in ("nobody/nothing", "nothing", tmp_path):
        with pytest.raises(ModelMissing, match="transformers"):
            Encoder.load(name, models_dir=tmp_path, offline=True)


def test_a_folder_in_the_models_folder(encoder_folder):
    assert Encoder.load("plain", models_dir=encoder_folder.parent, offline=True).name == "plain"


def test_damaged_weights(make_encoder, load):
    folder = make_encoder("damaged")
    weights = folder / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:1000])
    with pytest.raises(ModelCorrupt, match="damaged"):
        load(folder)


def test_weights_that_are_no_numbers(make_encoder, load, libraries):
    torch, transformers = libraries
    folder = make_encoder("nan")
    model = transformers.AutoModel.from_pretrained(folder)
    with torch.no_grad():
        model.embeddings.word_embeddings.weight.fill_(float("nan"))
    model.save_pretrained(folder)
    with pytest.raises(ModelCorrupt, match="no numbers"):
        load(folder)


def test_steps_that_are_not_known(make_encoder, load):
    with pytest.raises(BadSetting, match="pooling_mode_max_tokens"):
        load(make_encoder("max", "pooling_mode_max_tokens"))
    folder = make_encoder("dense", "pooling_mode_mean_tokens")
    modules = json.loads((folder / "modules.json").read_text())
    modules.append({"path": "3_Dense", "type": "sentence_transformers.models.Dense"})
    (folder / "modules.json").write_text(json.dumps(modules))
    with pytest.raises(BadSetting, match="Dense"):
        load(folder)


def test_a_gpu_that_is_not_there(encoder_folder, tmp_path, libraries):
    if libraries[0].cuda.is_available():
        pytest.skip("there is a GPU")
    with pytest.raises(BadSetting, match="GPU"):
        Encoder.load(encoder_folder, models_dir=tmp_path, device="cuda")
