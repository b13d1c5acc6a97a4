"""Redaction takes any text, is idempotent, and hides any phone number however it is read."""

import re

from hypothesis import given, settings
from hypothesis import strategies as st

from privacy.redaction import MASKS, StreamRedactor, redact

_MASK = re.compile("|".join(map(re.escape, MASKS.values())))
_SPOKEN = "공일이삼사오육칠팔구"
_PIECES = st.sampled_from(
    [*_SPOKEN, *"0123456789", " ", "-", "에", "이요", "입니다", "호", "동", "번지", "로", "길", "골뱅이", "@", "닷컴", "제 이름은 ",
     "김철수", "라고 합니다", "주민번호", "계좌", "십", "백", "천", "원", "네", "[전화번호]", "[이름]", ".", "가", "님", "a.b"]
)  # fmt: skip
_TEXTS = st.one_of(st.text(max_size=200), st.lists(_PIECES, max_size=40).map("".join))


@given(st.lists(_TEXTS, max_size=6))
def test_never_raises_and_masks_frame_the_raw_text(texts: list[str]) -> None:
    stream = StreamRedactor()
    for text in texts:
        stream.redact_partial(text)
        found = stream.redact(text)
        edges = [edge for span in found.spans for edge in (span.start, span.end)]
        assert edges == sorted(edges)
        assert all(0 <= edge <= len(text) for edge in edges)


@settings(max_examples=300)
@given(_TEXTS)
def test_masking_twice_keeps_every_mask(text: str) -> None:
    once = redact(text).text
    twice = iter(_MASK.findall(redact(once).text))
    assert all(mask in twice for mask in _MASK.findall(once))


@given(
    st.from_regex(r"[0-9]{8}", fullmatch=True),
    st.booleans(),
    st.lists(st.sampled_from([" ", ", ", "에 ", " 다시 ", " 음 "]), min_size=2, max_size=2),
    st.sampled_from(["", "이요", "입니다", "이에요", "요"]),
)
def test_any_mobile_number_is_hidden(rest: str, spoken: bool, gaps: list[str], ending: str) -> None:
    number = "010" + rest
    blocks = [number[:3], number[3:7], number[7:]]
    if spoken:
        blocks = ["".join(_SPOKEN[int(digit)] for digit in block) for block in blocks]
    text = redact(f"제 번호는 {blocks[0]}{gaps[0]}{blocks[1]}{gaps[1]}{blocks[2]}{ending}").text
    assert text.startswith("제 번호는 [전화번호]")
    assert not set(text.removeprefix("제 번호는 [전화번호]")) - set("이요입니다에.")


@given(st.from_regex(r"[0-9]{8}", fullmatch=True), st.data())
def test_any_mobile_number_is_hidden_however_it_is_cut(rest: str, data: st.DataObject) -> None:
    digits = "".join(_SPOKEN[int(digit)] for digit in rest)
    stream = StreamRedactor()
    shown = [stream.redact("공일공이요").text]
    while digits:
        size = data.draw(st.integers(1, 4))
        shown.append(stream.redact(digits[:size]).text)
        digits = digits[size:]
    assert set(shown[1:]) == {"[전화번호]"}
