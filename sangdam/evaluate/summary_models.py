"""A model that does as a caller says: what the draft must survive."""

import json
from collections.abc import AsyncGenerator, Mapping
from typing import Any

from models.language_model import Prompt


class Obeying:
    """Answers whatever it is asked with one answer, in small pieces."""

    def __init__(self, answer: Mapping[str, Any]) -> None:
        self._answer = json.dumps(answer, ensure_ascii=False)

    @property
    def name(self) -> str:
        return "obeying"

    async def stream(self, prompt: Prompt) -> AsyncGenerator[str, None]:  # noqa: ARG002  it heeds no rules
        for start in range(0, len(self._answer), 7):
            yield self._answer[start : start + 7]

    async def close(self) -> None:
        pass
