"""A language model on this machine, by real transformers code: it says nonsense, but really says it."""

import asyncio
from contextlib import aclosing, suppress

import pytest

from contracts.errors import ModelAway, ModelCorrupt, ModelMissing, ModelUnusable
from models.language_model import Prompt
from models.local_language_model import LocalLanguageModel

PROMPT = Prompt(system="답하라", user="여권을 다시 만들려면?", max_tokens=40)
LONG = Prompt(system="답하라", user="여권", max_tokens=90_000)
"""Minutes of the endless model."""
TEMPLATE = "{% for m in messages %}<{{ m.role }}>{{ m.content }}{% endfor %}{% if add_generation_prompt %}<assistant>{% endif %}"
NO_SYSTEM = "{% if messages[0].role == 'system' %}{{ raise_exception('no system') }}{% endif %}" + TEMPLATE


@pytest.fixture(scope="module")
def folder(make_llm):
    return make_llm("tiny", TEMPLATE)


@pytest.fixture(scope="module")
def endless(make_llm):
    """Says 'a ' again and again; longer than any test waits."""
    return make_llm("endless", TEMPLATE, places=100_000, says="a\u0120", endless=True)


@pytest.fixture
async def make(folder, tmp_path):
    made = []

    def make(folder=folder, **more):
        made.append(LocalLanguageModel.load(folder, models_dir=tmp_path, offline=True, device="cpu", **more))
        return made[-1]

    yield make
    for model in made:
        await model.close()


async def collect(model, prompt, pieces):
    async with aclosing(model.stream(prompt)) as stream:
        async for piece in stream:
            pieces.append(piece)


async def cut_off(model, prompt=PROMPT):
    """Its words; random weights hardly ever come to an end."""
    pieces = []
    with pytest.raises(ModelUnusable, match="cut off"):
        await collect(model, prompt, pieces)
    return pieces


async def test_it_writes_up_to_the_longest_length(make, endless):
    model = make(endless)
    pieces = await cut_off(model)
    assert "".join(pieces) == "a " * 20
    assert len(pieces) > 10
    assert model.name == "endless"


async def test_it_writes_as_the_library_does(make, folder, libraries):
    torch, transformers = libraries
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    ids = tokenizer(
        f"<system>{PROMPT.system}<user>{PROMPT.user}<assistant>",
        add_special_tokens=False,
        return_tensors="pt",
    )
    bare = transformers.AutoModelForCausalLM.from_pretrained(folder)
    with torch.no_grad():
        written = bare.generate(**ids, max_new_tokens=PROMPT.max_tokens, do_sample=False, pad_token_id=0)
    wanted = tokenizer.decode(written[0, ids["input_ids"].shape[1] :], skip_special_tokens=True)
    pieces = []
    # With random weights nobody knows whether it comes to an end.
    with suppress(ModelUnusable):
        await collect(make(), PROMPT, pieces)
    assert "".join(pieces) == wanted


async def test_an_answer_that_ends(make_llm, make):
    model = make(make_llm("ends", TEMPLATE, says="abcde"))
    pieces = []
    await collect(model, Prompt("답하라", "여권", max_tokens=6), pieces)
    assert "".join(pieces) == "abcde"


async def test_an_empty_answer(make_llm, make):
    model = make(make_llm("silent", TEMPLATE, says="\u0120"))
    with pytest.raises(ModelUnusable, match="empty"):
        await collect(model, PROMPT, [])


@pytest.mark.parametrize("template", [None, NO_SYSTEM])
async def test_models_without_a_system_message(make_llm, make, template):
    model = make(make_llm("other", template, says="a\u0120", endless=True))
    assert await cut_off(model)
    text = model._tokenizer.decode(model._tokens(PROMPT)["input_ids"][0])
    assert "답하라\n\n여권을 다시" in text


async def test_leaving_early_stops_it(make, endless):
    model = make(endless)
    async with aclosing(model.stream(LONG)) as pieces:
        await anext(pieces)
    # The turn is free again only when the thread has ended.
    async with asyncio.timeout(20):
        await model._turns.acquire()
    model._turns.release()


async def test_cancelling_stops_it(make, endless):
    model = make(endless)
    pieces = []
    asking = asyncio.create_task(collect(model, LONG, pieces))
    async with asyncio.timeout(30):
        while not pieces:
            await asyncio.sleep(0.01)
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    async with asyncio.timeout(20):
        await model._turns.acquire()
    model._turns.release()
    assert await cut_off(model)


async def test_it_stops_at_its_time_limit(make, endless):
    model = make(endless, whole_s=0.3)
    with pytest.raises(ModelAway, match="제때"):
        await collect(model, LONG, [])


async def test_one_at_a_time(make, endless):
    """The second waits for its turn, and is told when that does not come."""
    model = make(endless, whole_s=2)
    async with aclosing(model.stream(LONG)) as first:
        await anext(first)
        with pytest.raises(ModelAway, match="제때"):
            await collect(model, PROMPT, [])


async def test_two_at_once_where_that_is_wanted(make, endless):
    model = make(endless, streams=2)
    async with aclosing(model.stream(LONG)) as first:
        await anext(first)
        assert "".join(await cut_off(model)) == "a " * 20
        await anext(first)


async def test_a_question_longer_than_the_model(make, make_llm):
    model = make(make_llm("short", places=32))
    with pytest.raises(ModelUnusable, match="32"):
        await collect(model, PROMPT, [])


async def test_a_schema_is_told_in_words(make, endless):
    model = make(endless)
    schema = {"type": "object", "title": "Wanted"}
    seen = []
    tokens = model._tokens
    model._tokens = lambda prompt: seen.append(prompt) or tokens(prompt)
    await cut_off(model, Prompt("답하라", "여권", schema, max_tokens=5))
    assert '"title": "Wanted"' in seen[0].system


async def test_what_fails_within_is_told(make):
    model = make()
    model._model.generate = lambda **_: 1 / 0
    with pytest.raises(ModelAway, match="ZeroDivisionError"):
        await collect(model, PROMPT, [])


async def test_closed_it_stops(make, endless):
    model = make(endless)
    async with aclosing(model.stream(LONG)) as pieces:
        await anext(pieces)
        await model.close()
        with pytest.raises(ModelAway, match="closed"):
            async for _ in pieces:
                pass
    with pytest.raises(ModelAway, match="closed"):
        await collect(model, PROMPT, [])


def test_what_is_no_language_model(encoder_folder, tmp_path):
    with pytest.raises((ModelMissing, ModelCorrupt)):
        LocalLanguageModel.load(tmp_path, models_dir=tmp_path, offline=True)
