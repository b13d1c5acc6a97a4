import pytest

from assist.words import bigrams, districts_in, object_particle, words


def test_words_are_runs_of_letters():
    assert words("여권(재발급), TV 2대!") == ["여권", "재발급", "tv", "2대"]


def test_pairs_mark_the_edges_of_words():
    assert bigrams("여권을") == ["^여", "여권", "권을", "을$"]
    assert bigrams("  !? ") == []


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("마포구에 살고 있어요", ["마포구"]),
        ("서울시 강남구청이요, 아니 서초구요", ["강남구", "서초구"]),
        ("마포에 살아요", ["마포구"]),
        ("노원인데요", ["노원구"]),
        ("강서 방향 지하철이요", []),
        ("구로구랑 구로구", ["구로구"]),
        ("우리중구청", []),
        ("관악산에 가요", []),
    ],
)
def test_districts(said, expected):
    assert districts_in(said) == expected


@pytest.mark.parametrize(
    ("word", "particle"),
    [
        ("여권", "을"),
        ("신고", "를"),
        ("TV", "를"),
        ("FM", "을"),
        ("N버스", "를"),
        ("120", "을"),
        ("112", "를"),
        ("", "를"),
    ],
)
def test_object_particle_as_it_is_read(word, particle):
    assert object_particle(word) == particle
