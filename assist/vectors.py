"""Vectors of passages on disk, so that a restart encodes nothing twice: on a CPU that can take hours.

One file an encoder, of records that are only ever added: 16 bytes of the text's hash, then the vector in half precision.
Several processes may share it. Texts are not in it.
"""

import hashlib
import logging
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
from filelock import FileLock, Timeout

log = logging.getLogger(__name__)

Float16 = npt.NDArray[np.float16]

_KEY_BYTES: Final = 16
_LOCK_S: Final = 10.0
_UNIT: Final = (0.97, 1.03)
"""Length of a vector in half precision; anything else was damaged."""


class VectorFile:
    """Of one encoder. Blocks; for one thread at a time. Where the disk fails it forgets, and says so."""

    def __init__(self, folder: Path, fingerprint: str, dimensions: int) -> None:
        """Nothing is read or written yet.

        Args:
            folder: of the vectors of all encoders; created.
            fingerprint: the encoder's, a file's name.
            dimensions: of a vector.
        """
        self.path = folder / f"{fingerprint}-{dimensions}.vectors"
        self._lock = FileLock(f"{self.path}.lock", timeout=_LOCK_S)
        self._record = np.dtype([("key", np.uint8, (_KEY_BYTES,)), ("vector", "<f2", (dimensions,))])

    def load(self, texts: Sequence[str]) -> dict[str, Float16]:
        """Those of the texts that are here."""
        try:
            whole = self.path.stat().st_size // self._record.itemsize
            rows = np.fromfile(self.path, self._record, whole)
        except FileNotFoundError:
            return {}
        except OSError as error:
            log.warning("vectors in %s cannot be read (%s) and are computed anew", self.path, error)
            return {}
        numbers = {row.tobytes(): number for number, row in enumerate(rows["key"])}
        found: dict[str, Float16] = {}
        for text in texts:
            number = numbers.get(_key(text))
            if number is None:
                continue
            vector: Float16 = rows["vector"][number]
            if _UNIT[0] < float(np.linalg.norm(vector.astype(np.float32))) < _UNIT[1]:
                found[text] = vector
        return found

    def keep(self, texts: Sequence[str], vectors: Float16) -> None:
        """Add the vectors of these texts; durable when it returns."""
        rows = np.zeros(len(texts), self._record)
        rows["key"] = [list(_key(text)) for text in texts]
        rows["vector"] = vectors
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with self._lock, self.path.open("ab") as file:
                # A process that was killed may have left half a record.
                file.truncate(file.tell() // self._record.itemsize * self._record.itemsize)
                file.write(rows.tobytes())
                file.flush()
                os.fsync(file.fileno())
        except (OSError, Timeout) as error:
            log.warning("vectors cannot be kept in %s (%s); a restart computes them anew", self.path, error)


def _key(text: str) -> bytes:
    return hashlib.blake2b(text.encode(), digest_size=_KEY_BYTES).digest()
