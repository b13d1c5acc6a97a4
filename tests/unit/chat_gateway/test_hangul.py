"""What is meant, with the way back to what was written."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat_gateway.hangul import close, meant, squeezed


@pytest.mark.parametrize(
    ("written", "text"),
    [
        ("ㅅㅏㄹㄹㅕ", "살려"),
        ("시바ㄹ", "시발"),
        ("네ㅋㅋ", "네ㅋㅋ"),
        ("어ㅋ", "어ㅋ"),
        ("그래ㅇㅇ", "그래ㅇㅇ"),
        ("１１９ ＦＩＲＥ", "119 fire"),
        (unicodedata.normalize("NFD", "불났어요"), "불났어요"),
        ("ㅠㅠ", "ㅠㅠ"),
        ("불\u200b이야", "불 이야"),
    ],
)
def test_letters_are_put_together(written, text):
    assert meant(written).text == text


@given(st.text(alphabet="가각살려불ㄱㄹㅅㅏㅕㅠㅋ １aA.😀\u1109\u1161\u11af\u200bﬁ", max_size=30))
def test_every_place_leads_back(text):
    whole = meant(text)
    assert len(whole.text) == len(whole.begin) == len(whole.end)
    assert all(0 <= begin < end <= len(text) for begin, end in zip(whole.begin, whole.end, strict=True))
    assert list(whole.begin) == sorted(whole.begin)
    letters, begins = squeezed(whole)
    assert letters.text == close(whole.text)
    assert not begins - set(range(len(letters.text)))
