"""Passages read again together with the query, by real transformers code."""

import json
import shutil

import numpy as np
import pytest

from contracts.errors import ModelCorrupt, ModelMissing
from models.reranker import Reranker
from tests.extras.conftest import TEXTS


def test_scores_lie_between_0_and_1(reranker):
    scores = reranker.score("여권을 잃어버렸어요", TEXTS)
    assert scores.shape == (6,)
    assert ((scores > 0) & (scores < 1)).all()
    assert len({round(float(score), 4) for score in scores}) > 1
    assert reranker.score("여권", []).shape == (0,)


def test_together_as_each_alone(reranker):
    passages = [*TEXTS, " ".join(TEXTS * 10), "네"]
    scores = reranker.score("여권을 잃어버렸어요", passages)
    for passage, score in zip(passages, scores, strict=True):
        assert reranker.score("여권을 잃어버렸어요", [passage])[0] == pytest.approx(float(score), abs=1e-5)


def test_as_the_library_computes_it(make_reranker, libraries, tmp_path):
    torch, transformers = libraries
    folder = make_reranker("same")
    tokens = transformers.AutoTokenizer.from_pretrained(folder)("여권", TEXTS[0], return_tensors="pt")
    model = transformers.AutoModelForSequenceClassification.from_pretrained(folder).eval()
    tokens.pop("token_type_ids", None)
    with torch.no_grad():
        wanted = float(model(**tokens).logits[0, 0].sigmoid())
    reranker = Reranker.load(folder, models_dir=tmp_path, offline=True)
    assert reranker.score("여권", [TEXTS[0]])[0] == pytest.approx(wanted, abs=1e-5)
    assert reranker.name == "same"


def test_a_classifier_is_no_reranker(make_reranker, tmp_path):
    with pytest.raises(ModelCorrupt, match="3 classes"):
        Reranker.load(make_reranker("classifier", labels=3), models_dir=tmp_path, offline=True)


def test_an_encoder_is_no_reranker(encoder_folder, tmp_path):
    """Its head would be random: scores without meaning."""
    folder = shutil.copytree(encoder_folder, tmp_path / "encoder")
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | {"id2label": {"0": "score"}}))
    with pytest.raises(ModelCorrupt, match="classifier"):
        Reranker.load(folder, models_dir=tmp_path, offline=True)


def test_no_such_model(tmp_path, libraries):
    with pytest.raises(ModelMissing, match="transformers"):
        Reranker.load(tmp_path, models_dir=tmp_path, offline=True)


def test_numbers_survive_length(reranker):
    assert np.isfinite(reranker.score("여권 " * 500, [" ".join(TEXTS * 50)])).all()
