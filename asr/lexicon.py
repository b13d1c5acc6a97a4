"""The name that a misheard word probably was. Pure: names in, offers out.

Words are compared as they sound, not as they are written. A spelling becomes a row of phonemes: the silent onset
is left out, so that liaison needs no rule (옥인 = 오긴), and codas fall to the seven that are said (표준 발음법 8항).
Then three plain edit distances are added up: of the phonemes, of families that a telephone does not keep apart
(ㄱ ㅋ ㄲ; ㅐ ㅔ), and of rough places and openings (ㅁ ㅂ; ㄴ ㄹ; ㅗ ㅓ; glides and ㅎ left out). So ㄱ for ㅋ costs a
third, ㄴ for ㄹ two thirds, a wholly other sound 1: a weighted edit distance out of unweighted ones, which
rapidfuzz computes for thousands of names in a fraction of a millisecond.
"""

import re
from collections.abc import Iterable
from typing import Final

from rapidfuzz import process
from rapidfuzz.distance import Levenshtein

OFFERS: Final = 3

MIN_SYLLABLES: Final = 2
MAX_SYLLABLES: Final = 16

FAR: Final = 0.3
"""Offers are nearer than this: distance for each phoneme of the longer word. Set by `sangdam eval hotwords`."""
SPREAD: Final = 0.1
"""Further offers are at most so much farther than the first."""

PARTICLES: Final = """
    은 는 이 가 을 를 의 도 만 과 와 랑 이랑 하고 이나 나 까지 부터 에 에서 에는 에도 에서는 에서도 으로 로 으로는 로는
    으로도 로도 한테 께 께서 요 이요 이에요 예요 입니다 이고요 고요 인데 인데요 인가요 이네요 네요 이세요 이죠 죠 이라고
    라고 이라서 라서 이라는 라는 이면 면 이었는데 였는데 이야 야 쪽 쪽에 쪽으로
"""
"""What stands behind a noun."""

COMMON: Final = """
    가서 가세요 가지고 감사 감사합니다 갑자기 거기 거기서 거예요 거의 건가요 걸로 것도 겁니다 계속 계시 계신가요 고객님 고맙습니다 괜찮아요
    굉장히 그거 그거는 그건 그게 그냥 그다음 그때 그래도 그래서 그래요 그러니까 그러면 그런 그런데 그럼 그렇게 그렇죠 그리고 근데 글쎄요
    기다려 나와요 나중에 내일 너무 네네 누가 누구 다른 다시 다음 당연히 대한 도와 되게 되나요 되는 드릴게요 드립니다 때문 때문에 또는
    많이 말고 말씀 말씀해 먼저 모두 모르 몰라요 무슨 무엇 문의 바로 방금 번호 벌써 별로 부탁 불편 빨리 사는 사람 사실 살고 살아요 상담 새로 선생님
    시간 신고 신청 아까 아니 아니요 아닙니다 아마 아무 아주 아직 아직도 안내 안녕하세요 알겠습니다 알고 알려 어느 어디 어디에 어디예요
    어디서 어떤 어떻게 어제 언제 얼마 얼마나 없는 없어요 여기 여기서 여보세요 연락 열심히 예를 오늘 오래 옆에 와서 왜냐하면 요즘 우리
    원래 위해 이거 이거는 이건 이게 이렇게 이번 이제 이쪽 인터넷 일단 있는 있는데 있어요 잘못 잠깐 잠깐만요 잠시 잠시만 저거 저는
    저도 저쪽 저희 전부 전혀 전화 절대 정도 정말 제가 조금 좋은 좋아요 주세요 주셔서 죄송합니다 지금 직접 진짜 집에 참고 처음 천천히
    친절 하고 하나 하나요 하는 하는데 하루 하신 하면 한번 할게요 해도 해서 해야 했는데 혹시 확인
"""
"""What everyone says on the telephone."""

_HANGUL: Final = re.compile("[가-힣]+")
_ONSETS: Final = "ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ"
_VOWELS: Final = "ㅏㅐㅑㅒㅓㅔㅕㅖㅗㅘㅙㅚㅛㅜㅝㅞㅟㅠㅡㅢㅣ"
_CODAS: Final = ("", *"ㄱㄲㄳㄴㄵㄶㄷㄹㄺㄻㄼㄽㄾㄿㅀㅁㅂㅄㅅㅆㅇㅈㅊㅋㅌㅍㅎ")
_SAID: Final = dict(
    zip("ㄲㅋㄳㄺㅅㅆㅈㅊㅌㅎㅍㅄㄿㄵㄶㄼㄽㄾㅀㄻ", "ㄱㄱㄱㄱㄷㄷㄷㄷㄷㄷㅂㅂㅂㄴㄴㄹㄹㄹㄹㅁ", strict=True)
)
_SAID_APART: Final = {"ㅇ": "ŋ", "ㅁ": "m"}
"""Codas that are confused with other sounds than the onset of the same letter is."""

_FAMILIES: Final = ("ㄱㄲㅋ", "ㄷㄸㅌ", "ㅂㅃㅍ", "ㅈㅉㅊ", "ㅅㅆ", "ㅐㅔㅒㅖ", "ㅙㅞㅚ", "ㅣㅢ", "ㅁm")
"""What a telephone hardly keeps apart, and vowels that have fallen together."""
_ROUGHLY: Final = (
    "ㅂㅃㅍㅁ",
    "ㄴㄹŋm",
    "ㅅㅆㅈㅉㅊ",
    "ㅏㅑㅘ",
    "ㅗㅓㅕㅛㅝ",
    "ㅜㅠㅡ",
    "ㅐㅔㅒㅖㅙㅞㅚ",
    "ㅣㅢㅟ",
)
"""Onset nasals beside stops, coda nasals and liquids beside each other, vowels without their glide."""


def _first_of(groups: Iterable[str]) -> dict[int, str]:
    return {ord(letter): group[0] for group in groups for letter in group}


_FAMILY: Final = _first_of(_FAMILIES)
_ROUGH: Final = {**_FAMILY, **_first_of(_ROUGHLY), ord("ㅎ"): ""}


class Lexicon:
    """Names of one tenant, indexed once. Lookups share no state: any thread may ask."""

    def __init__(self, names: Iterable[str], known: Iterable[str] = ()) -> None:
        """Index names.

        Args:
            names: as they are to be shown; spaces within them do not count. Those without Hangul, or of one
                syllable, are left out.
            known: words that are right as they stand: nothing is offered for them.
        """
        by_key = {_key(name): name for name in names if _HANGUL.fullmatch(_key(name))}
        sounds = {key: sound(key) for key in by_key if MIN_SYLLABLES <= len(key) <= MAX_SYLLABLES}
        self._names = [by_key[key] for key in sounds]
        self._sounds = [(said, *_rougher(said)) for said in sounds.values()]
        self._rough = [levels[-1] for levels in self._sounds]
        self._known = {
            stem for word in (*COMMON.split(), *known) for stem in _stems(_key(word))
        } | by_key.keys()

    def nearest(self, word: str) -> tuple[str, ...]:
        """Up to three names that sound like a word that was probably misheard, the nearest first.

        Nothing where the word, without its particles, is a name or a known word, and where no name is near.
        """
        return tuple(name for name, _ in self._offers(word))

    def readings(self, word: str) -> tuple[str, ...]:
        """The word with each of its nearest names in it: 마포구에서, for 마보구에서."""
        key, punctuation = _key(word), word[len(word.rstrip(".,?!")) :]
        return tuple(name + key[len(stem) :] + punctuation for name, stem in self._offers(word))

    def _offers(self, word: str) -> list[tuple[str, str]]:
        """Names, and the part of the word that each was compared with."""
        stems = _stems(_key(word))
        if any(stem in self._known for stem in stems):
            return []
        near = sorted((distance, name, stem) for stem in stems for name, distance in self._near(stem))
        nearest: dict[str, str] = {}
        for distance, name, stem in near:
            if distance <= near[0][0] + SPREAD:
                nearest.setdefault(name, stem)
        return list(nearest.items())[:OFFERS]

    def _near(self, stem: str) -> list[tuple[str, float]]:
        said = sound(stem)
        levels = (said, *_rougher(said))
        # The roughest distance is never above the others, so that it alone may decide who is compared; and who
        # is within FAR has at most len / (1 - FAR) phonemes.
        limit = int(FAR * len(said) / (1 - FAR))
        rough = process.extract(
            levels[-1], self._rough, scorer=Levenshtein.distance, score_cutoff=limit, limit=None
        )
        found = []
        for _, _, index in rough:
            theirs = self._sounds[index]
            errors = sum(
                Levenshtein.distance(ours, their) for ours, their in zip(levels, theirs, strict=True)
            )
            distance = errors / len(levels) / max(len(said), len(theirs[0]))
            if distance < FAR:
                found.append((self._names[index], distance))
        return found


def sound(word: str) -> str:
    """Phonemes of a Hangul word, one letter each; ŋ is the coda of 강. Other characters are left out."""
    syllables = [ord(character) - 0xAC00 for character in word if "가" <= character <= "힣"]
    phonemes = []
    for index, syllable in enumerate(syllables):
        onset, vowel, coda = _ONSETS[syllable // 588], _VOWELS[syllable % 588 // 28], _CODAS[syllable % 28]
        before_vowel = index + 1 < len(syllables) and _ONSETS[syllables[index + 1] // 588] == "ㅇ"
        if coda == "ㅇ" or not before_vowel or coda not in _ONSETS:
            coda = _SAID_APART.get(coda, _SAID.get(coda, coda))
        phonemes += ["" if onset == "ㅇ" else onset, vowel, coda]
    return "".join(phonemes)


def _rougher(said: str) -> tuple[str, str]:
    return said.translate(_FAMILY), said.translate(_ROUGH)


def _key(word: str) -> str:
    return "".join(character for character in word if character.isalnum())


_PARTICLE_SOUNDS: Final = frozenset(sound(particle).translate(_FAMILY) for particle in PARTICLES.split())


def _stems(word: str) -> list[str]:
    """The word, and what is left of it without what sounds like a particle. None of a word with a figure."""
    if not _HANGUL.fullmatch(word):
        return []
    ends = [end for end in range(MIN_SYLLABLES, len(word)) if is_particle(word[end:])]
    return [word[:end] for end in (*ends, len(word)) if MIN_SYLLABLES <= end <= MAX_SYLLABLES]


def is_particle(ending: str) -> bool:
    """Whether this may stand behind a noun, or sounds so."""
    return sound(ending).translate(_FAMILY) in _PARTICLE_SOUNDS
