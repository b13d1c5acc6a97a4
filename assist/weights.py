"""What each kind of evidence counts: learned by `sangdam assist tune`, read from a small YAML file.

The chance that a guide is the right one is a logistic of its weighted evidence. Pure but for reading the file.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
import yaml

from assist.evidence import FEATURES, NEAR, Matrix
from contracts.errors import BadInput

WEIGHTS: Final = Path(__file__).with_name("weights.yaml")

_FIRST: Final = ("morphemes", "pairs", "sounds", "passage")


@dataclass(frozen=True, slots=True)
class Weights:
    """The learned numbers."""

    first: tuple[float, ...]
    """Of the first four kinds of evidence when candidates are chosen."""
    gains: tuple[float, ...]
    """Of every kind, in the order of `FEATURES`; with closeness by a dense encoder weighing nothing."""
    lead: float
    """Of a guide's lead over the next best one; of the others, of how far they are behind the first."""
    doubt: float
    """What the weighed evidence must reach for a chance of one half."""
    synonyms: float
    """0-1: what an official term counts beside the everyday word that was said."""
    dense: "tuple[tuple[float, ...], float, float] | None" = None
    """Gains, lead and doubt for searches with a dense encoder; None: those above, and a cautious gain."""

    def chances(self, features: Matrix, *, dense: bool = False) -> npt.NDArray[np.float64]:
        """Shape (candidates,): 0-1, about the chance of each to be the right guide.

        The order is that of the weighed evidence. Of two guides that have equally much neither is likely.
        """
        gains, lead, doubt = self._with_dense() if dense else (self.gains, self.lead, self.doubt)
        weighed = features @ np.array(gains)
        return np.asarray(1.0 / (1.0 + np.exp(doubt - weighed - lead * leads(weighed))))

    def _with_dense(self) -> tuple[Sequence[float], float, float]:
        if self.dense:
            return self.dense
        gains = list(self.gains)
        gains[NEAR] = _CAUTIOUS_GAIN
        return gains, self.lead, self.doubt + _CAUTIOUS_GAIN * _USUAL_CLOSENESS

    def to_yaml(self, note: str) -> str:
        """The file's text, with a note on where the numbers come from above them."""
        data: dict[str, object] = {
            "first": _named(_FIRST, self.first),
            "gains": _named(FEATURES, self.gains),
            "lead": round(self.lead, 4),
            "doubt": round(self.doubt, 4),
            "synonyms": self.synonyms,
        }
        if self.dense:
            gains, lead, doubt = self.dense
            data["dense"] = {
                "gains": _named(FEATURES, gains),
                "lead": round(lead, 4),
                "doubt": round(doubt, 4),
            }
        lines = "".join(f"# {line}\n" for line in note.splitlines())
        return lines + yaml.safe_dump(data, sort_keys=False, allow_unicode=True)


_CAUTIOUS_GAIN: Final = 6.0
_USUAL_CLOSENESS: Final = 0.5
"""Until an encoder's weight is learned: cosines of published encoders lie about .5 for the right passage."""


def leads(weighed: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Of each how far it is before the best of the others, or before nothing at all (0); negative: behind."""
    if not len(weighed):
        return weighed
    first = int(np.argmax(weighed))
    behind = np.asarray(weighed - weighed[first])
    behind[first] = weighed[first] - max(0.0, float(np.delete(weighed, first).max(initial=0.0)))
    return behind


@cache
def shipped() -> Weights:
    """The weights that come with the project."""
    return read(WEIGHTS)


def read(path: Path) -> Weights:
    """Weights from a file that `sangdam assist tune` wrote.

    Raises:
        BadInput: the file has another form.
    """
    try:
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
        dense = data.get("dense")
        found = Weights(
            first=_ordered(_FIRST, data["first"]),
            gains=_ordered(FEATURES, data["gains"]),
            lead=float(data["lead"]),
            doubt=float(data["doubt"]),
            synonyms=float(data["synonyms"]),
            dense=(_ordered(FEATURES, dense["gains"]), float(dense["lead"]), float(dense["doubt"]))
            if dense
            else None,
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError, yaml.YAMLError) as error:
        raise BadInput(
            f"가중치 파일 {path.name}을 읽을 수 없습니다({error}). 'sangdam assist tune'으로 다시 만드십시오.",
            f"the weights in {path.name} cannot be read ({error}): make them again with 'sangdam assist tune'.",
        ) from error
    numbers = (*found.first, *found.gains, found.lead, found.doubt, found.synonyms)
    if not all(map(math.isfinite, numbers)):
        raise BadInput(
            f"가중치 파일 {path.name}에 수가 아닌 값이 있습니다. 'sangdam assist tune'으로 다시 만드십시오.",
            f"{path.name} holds values that are no numbers: make it again with 'sangdam assist tune'.",
        )
    return found


def _ordered(names: Sequence[str], values: Mapping[str, object]) -> tuple[float, ...]:
    return tuple(float(str(values[name])) for name in names)


def _named(names: Sequence[str], values: Sequence[float]) -> dict[str, float]:
    return {name: round(float(value), 4) for name, value in zip(names, values, strict=True)}
