import pytest

from assist.synonyms import Synonyms, read, shipped
from contracts.errors import BadInput

LIST = Synonyms(
    {
        "물세": ["수도요금"],
        "골목 등": ["보안등"],
        "냄새": ["악취"],
        "가스 냄새": ["가스 누출"],
        "떼다": ["발급"],
        "물 새다": ["누수"],
        "개": ["반려견"],
    }
)


def meant(text, *forms):
    return {found.said: found.terms for found in LIST.meant(text, forms)}


def test_a_word_is_found_with_its_particle_and_either_spacing():
    assert meant("이번 물세가 많아요") == {"물세": ("수도요금",)}
    assert meant("골목등이 나갔어요") == {"골목등": ("보안등",)}


def test_the_longer_of_two_wins():
    assert meant("가스 냄새가 나요") == {"가스 냄새": ("가스 누출",)}


def test_a_verb_is_found_by_its_stem():
    assert meant("등본 뗐어요", "등본", "떼") == {"떼": ("발급",)}
    assert meant("등본 봤어요", "등본", "보") == {}


def test_a_verb_with_a_noun_needs_both():
    assert meant("물이 자꾸 새요", "물", "새") == {"새": ("누수",)}
    assert meant("비가 새요", "비", "새") == {}


def test_a_short_word_is_no_beginning_of_another():
    assert meant("개가 짖어요") == {"개": ("반려견",)}
    assert meant("개인 정보요") == {}


def test_the_shipped_list_is_large_and_found_whole():
    assert len(shipped()) >= 300
    found = shipped().meant("물세하고 과태료요", [])
    assert ("수도요금",) in [some.terms for some in found]
    assert any("범칙금" in some.terms for some in found)


@pytest.mark.parametrize("text", ["everyday: 3", "alike: []", "[", "everyday: {가: 나}\nalike: 5"])
def test_another_form_is_refused(tmp_path, text):
    path = tmp_path / "synonyms.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(BadInput):
        read(path)
