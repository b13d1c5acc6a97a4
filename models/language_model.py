"""What is asked of a language model, whichever it is: a server that speaks the OpenAI protocol, or one on this machine."""

import json
from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class Prompt:
    """One question to a model; it remembers nothing of the one before."""

    system: str
    """What it is to do. Written by us alone: nothing that anybody said stands here."""
    user: str
    """What it is to work on: words of citizens, agents and guides, as data."""
    schema: Mapping[str, Any] | None = None
    """JSON Schema of the answer; None: plain text. A server may ignore it, so the answer is checked all the same."""
    max_tokens: int = 800


def in_words(prompt: Prompt) -> Prompt:
    """The same with its schema told in words, for a model that cannot be held to one."""
    if prompt.schema is None:
        return prompt
    wanted = json.dumps(prompt.schema, ensure_ascii=False)
    told = f"{prompt.system}\n\n이 JSON Schema에 맞는 JSON 하나만 출력하십시오:\n{wanted}"
    return replace(prompt, system=told, schema=None)


class LanguageModel(Protocol):
    """Safe to use from one event loop; several streams may run side by side, up to the model's own limit."""

    @property
    def name(self) -> str:
        """Shown to the agent as the draft's engine."""
        ...

    def stream(self, prompt: Prompt) -> AsyncGenerator[str, None]:
        """The answer, piece by piece. Who leaves it early closes it, and stops the model with it:

            async with aclosing(model.stream(prompt)) as pieces:
                async for piece in pieces: ...

        Raises:
            ModelAway: it does not answer, stalls, breaks off, or was seen to fail just before (circuit breaker).
            ModelUnusable: it answered with something that is no answer.
        """
        ...

    async def close(self) -> None: ...
