"""The background of usual words: in how many sample contacts each phrase is said.

Written anew after a change of `voc/reading/phrases.py` or of the samples: `python -m sangdam.voc_background`.
"""

from collections import Counter
from collections.abc import Iterator

import yaml

from contracts.districts import load_districts
from models.morphemes import Morphemes
from sangdam.site import SAMPLES
from voc.reading.phrases import BACKGROUND, Background, Phrases

_FOLDERS = ("conversations", "dialogues")
_HEAD = "# 예시 상담에서 그 말이 나온 상담의 수 / in how many sample contacts a phrase is said: python -m sangdam.voc_background"


def contacts() -> Iterator[list[str]]:
    """The lines of each sample contact, the agents' too: they are usual words as well."""
    for folder in _FOLDERS:
        for path in sorted((SAMPLES / folder).glob("*.yaml")):
            turns = yaml.safe_load(path.read_text(encoding="utf-8"))["turns"]
            yield [turn["text"] for turn in turns if "text" in turn]


def table(morphemes: Morphemes) -> str:
    """The file's text: one phrase a line, the most usual first."""
    names = [name for each in load_districts() for name in (each.name, *each.places, *each.landmarks)]
    phrases = Phrases(morphemes.analyze, Background({}, 1), places=names)
    counts = Counter(
        phrase for lines in contacts() for phrase in {p for line in lines for p in phrases.in_line(line)}
    )
    rows = sorted(counts.items(), key=lambda row: (-row[1], row[0]))
    return "\n".join((_HEAD, *(f"{phrase}\t{count}" for phrase, count in rows), ""))


if __name__ == "__main__":
    BACKGROUND.write_text(table(Morphemes()), encoding="utf-8")
