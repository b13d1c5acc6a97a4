"""The labelled contacts are put where people put them, as far as `sangdam eval voc --design about` says."""

import pytest
from typer.testing import CliRunner

from contracts.categories import load_categories
from contracts.districts import load_districts
from sangdam.evaluate.voc_about import SPLITS, read


def test_labels_are_of_the_code_table_and_the_city() -> None:
    contacts = [contact for split in SPLITS for contact in read(split)]
    assert len({contact.id for contact in contacts}) == len(contacts) >= 120
    codes = {category.code for category in load_categories()}
    names = {district.name for district in load_districts()}
    for contact in contacts:
        assert set(contact.topic) <= codes, contact.id
        assert contact.district in names | {""}, contact.id
        assert any(line.startswith("c: ") for line in contact.lines), contact.id


@pytest.mark.parametrize(
    ("question", "figure", "least"),
    [
        ("topic", "accuracy", 0.85),
        ("district", "precision", 0.95),
        ("district", "recall", 0.95),
        ("danger", "precision", 0.95),
        ("danger", "recall", 0.95),
        ("complaint", "precision", 0.85),
        ("complaint", "recall", 0.9),
    ],
)
def test_figures_of_the_test_contacts(
    figures: dict[str, dict[str, float]], question: str, figure: str, least: float
) -> None:
    assert figures[question][figure] >= least


@pytest.fixture(scope="module")
def figures() -> dict[str, dict[str, float]]:
    import json

    from sangdam.cli import app

    ran = CliRunner().invoke(app, ["eval", "voc", "--design", "about", "--quick", "--json"])
    assert ran.exit_code == 0, ran.output
    result: dict[str, dict[str, dict[str, float]]] = json.loads(ran.stdout)
    return result["test"]
