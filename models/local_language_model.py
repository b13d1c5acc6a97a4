"""A language model on this machine: any causal model that transformers knows, from a folder or the hub.

One answer at a time by default: two at once on one GPU are each half as fast, and a server (vLLM) does that better.
"""

import asyncio
import functools
import logging
import threading
from collections.abc import AsyncGenerator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final

from contracts.errors import ModelAway, ModelUnusable
from models.checkpoint import DeviceChoice, checkpoint, device_of, loading, need_weights, runtime, short_name
from models.language_model import Prompt, in_words
from models.thoughts import Thoughts

log = logging.getLogger(__name__)

WHOLE_S: Final = 60.0
"""Waiting for its turn counted."""

_Piece = str | Exception | None
"""Text; what went wrong; or the end."""


class LocalLanguageModel:
    """A `LanguageModel`. For one event loop; it generates on threads of its own."""

    def __init__(
        self, name: str, *, model: Any, tokenizer: Any, transformers: Any, streams: int, whole_s: float
    ) -> None:
        """Of loaded parts; `load` makes it."""
        self._name = name
        self._model = model
        self._tokenizer = tokenizer
        self._transformers = transformers
        self._whole_s = whole_s
        self._turns = asyncio.Semaphore(streams)
        self._threads = ThreadPoolExecutor(streams, thread_name_prefix="language-model")
        self._closed = threading.Event()

    @classmethod
    def load(
        cls,
        folder_or_name: str | Path,
        *,
        models_dir: Path,
        offline: bool = False,
        device: DeviceChoice = "auto",
        streams: int = 1,
        whole_s: float = WHOLE_S,
    ) -> "LocalLanguageModel":
        """Load it: seconds to minutes. On a GPU in the precision of its weights, on a CPU in single.

        Args:
            folder_or_name: a checkpoint's folder or its name on the hub.
            models_dir: where models are kept.
            offline: take only what is on this machine.
            device: `auto` takes a GPU that PyTorch can use.
            streams: answers side by side; who comes then waits.
            whole_s: how long an answer may take.

        Raises:
            ModelMissing: the extra or the checkpoint is missing.
            ModelCorrupt: it cannot be loaded.
            BadSetting: there is no such device.
        """
        torch, transformers = runtime("llm")
        where = device_of(torch, device)
        folder = checkpoint(folder_or_name, models_dir, offline=offline)
        with loading(folder_or_name):
            tokenizer = transformers.AutoTokenizer.from_pretrained(folder, local_files_only=True)
            model, told = transformers.AutoModelForCausalLM.from_pretrained(
                folder,
                local_files_only=True,
                dtype="auto" if where == "cuda" else torch.float32,
                output_loading_info=True,
            )
            need_weights(folder_or_name, told["missing_keys"])
            model = model.eval().to(where)
        return cls(
            short_name(folder_or_name),
            model=model,
            tokenizer=tokenizer,
            transformers=transformers,
            streams=streams,
            whole_s=whole_s,
        )

    @property
    def name(self) -> str:
        return self._name

    async def close(self) -> None:
        """Stop what is being written, within a token."""
        self._closed.set()
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def stream(self, prompt: Prompt) -> AsyncGenerator[str, None]:
        """The answer piece by piece; `contextlib.aclosing` around it stops the model when it is left early."""
        loop = asyncio.get_running_loop()
        until = loop.time() + self._whole_s
        await self._turn(until)
        answer = _Answer(loop, self._closed)
        try:
            working = loop.run_in_executor(self._threads, self._write, in_words(prompt), answer)
        except RuntimeError:
            self._turns.release()
            raise _away("closed") from None
        # The turn is over when the thread is, which may be a token after everybody has left.
        working.add_done_callback(lambda _: self._turns.release())
        try:
            thoughts, said = Thoughts(), False
            while (piece := await answer.next(until)) is not None:
                if kept := thoughts.feed(piece):
                    said = said or bool(kept.strip())
                    yield kept
            if rest := thoughts.end():
                said = said or bool(rest.strip())
                yield rest
            if not said:
                raise ModelUnusable(
                    "언어 모델이 빈 답을 냈습니다.", "the language model gave an empty answer."
                )
        finally:
            answer.stopped.set()

    async def _turn(self, until: float) -> None:
        try:
            async with asyncio.timeout_at(until):
                await self._turns.acquire()
        except TimeoutError:
            raise _late() from None

    def _write(self, prompt: Prompt, answer: "_Answer") -> None:
        """On the thread: everything up to the last token; errors go the way of the pieces."""
        try:
            self._generate(prompt, answer)
        except ModelUnusable as error:
            answer.put(error)
        except Exception as error:
            log.exception("%s failed while it wrote", self._name)
            answer.put(_away(type(error).__name__))
        else:
            answer.put(None)

    def _generate(self, prompt: Prompt, answer: "_Answer") -> None:
        ids = self._tokens(prompt)
        length = ids["input_ids"].shape[1]
        places = getattr(self._model.config, "max_position_embeddings", None)
        if places and length + prompt.max_tokens > places:
            raise ModelUnusable(
                f"질문({length}토큰)과 답({prompt.max_tokens}토큰)이 모델의 한도({places}토큰)보다 깁니다.",
                f"the question ({length} tokens) and its answer ({prompt.max_tokens}) are longer than the model allows ({places}).",
            )
        stop = functools.partial(_stops, answer)
        written = self._model.generate(
            **ids.to(self._model.device),
            max_new_tokens=prompt.max_tokens,
            do_sample=False,
            temperature=None,
            top_p=None,
            top_k=None,
            pad_token_id=self._padding(),
            streamer=_streamer(self._transformers, self._tokenizer, answer),
            stopping_criteria=self._transformers.StoppingCriteriaList([stop]),
        )[0, length:]
        ended = self._model.generation_config.eos_token_id
        ends = ended if isinstance(ended, list) else [ended]
        if not answer.over and len(written) >= prompt.max_tokens and int(written[-1]) not in ends:
            raise ModelUnusable(
                "언어 모델의 답이 정해진 길이를 넘어 중간에 끊겼습니다.",
                "the language model's answer was cut off at the longest length allowed.",
            )

    def _padding(self) -> int | None:
        """Nothing is padded, and the library insists; many language models have no such token."""
        own: int | None = self._tokenizer.pad_token_id
        end: int | None = self._tokenizer.eos_token_id
        return end if own is None else own

    def _tokens(self, prompt: Prompt) -> Any:
        if not self._tokenizer.chat_template:
            return self._tokenizer(f"{prompt.system}\n\n{prompt.user}\n\n", return_tensors="pt")
        system, user = (
            {"role": "system", "content": prompt.system},
            {"role": "user", "content": prompt.user},
        )
        both = {"role": "user", "content": f"{prompt.system}\n\n{prompt.user}"}
        try:
            return self._templated([system, user])
        except Exception:
            # Templates of some models know no system and say so by an error of their own.
            log.debug("%s takes no system message", self._name, exc_info=True)
            return self._templated([both])

    def _templated(self, messages: list[dict[str, str]]) -> Any:
        return self._tokenizer.apply_chat_template(
            messages,
            add_generation_prompt=True,
            return_dict=True,
            return_tensors="pt",
            enable_thinking=False,  # of Qwen3's template; others pass over it
        )


class _Answer:
    """Between the thread that writes and the loop that reads."""

    def __init__(self, loop: asyncio.AbstractEventLoop, closed: threading.Event) -> None:
        self.stopped = threading.Event()
        self._closed = closed
        self._loop = loop
        self._pieces: asyncio.Queue[_Piece] = asyncio.Queue()
        """Bounded by the answer's number of tokens."""

    @property
    def over(self) -> bool:
        """Nobody wants more."""
        return self.stopped.is_set() or self._closed.is_set()

    def put(self, piece: _Piece) -> None:
        """From the thread."""
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._pieces.put_nowait, piece)

    async def next(self, until: float) -> str | None:
        try:
            async with asyncio.timeout_at(until):
                piece = await self._pieces.get()
        except TimeoutError:
            raise _late() from None
        if isinstance(piece, Exception):
            raise piece
        if piece is None and self._closed.is_set():
            raise _away("closed")
        return piece


def _stops(answer: _Answer, _ids: Any, _scores: Any, **_: Any) -> bool:
    """A stopping criterion, asked after every token."""
    return answer.over


def _streamer(transformers: Any, tokenizer: Any, answer: _Answer) -> Any:
    class Streamer(transformers.TextStreamer):  # type: ignore[misc]  # the library ships no types
        """Whole words to the loop, not to stdout."""

        def on_finalized_text(self, text: str, stream_end: bool = False) -> None:  # noqa: ARG002  the library's
            if text:
                answer.put(text)

    return Streamer(tokenizer, skip_prompt=True, skip_special_tokens=True)


def _late() -> ModelAway:
    return ModelAway(
        "언어 모델의 답이 제때 오지 않았습니다.", "the language model's answer did not come in time."
    )


def _away(why: str) -> ModelAway:
    return ModelAway(
        f"이 컴퓨터의 언어 모델이 답하지 못했습니다({why}). 기록과 GPU 메모리를 확인하십시오.",
        f"the language model on this machine could not answer ({why}). Look at the log and at the GPU's memory.",
    )
