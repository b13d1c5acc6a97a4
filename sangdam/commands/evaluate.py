"""`sangdam eval …`: quality on labelled data, as JSON."""

import asyncio
import datetime as dt
from pathlib import Path
from typing import Annotated

import typer

from asr.hotwords import DOUBT
from assist.importer import import_articles
from contracts.districts import load_districts
from models.morphemes import Morphemes
from sangdam import settings
from sangdam.application import SAMPLE_GUIDES
from sangdam.commands.evaluate_assist import assist
from sangdam.commands.evaluate_retrieval import retrieval
from sangdam.commands.evaluate_summary import summary
from sangdam.commands.evaluate_voc import voc
from sangdam.evaluate.asr import evaluate_asr
from sangdam.evaluate.guards import evaluate_guards
from sangdam.evaluate.hotwords import evaluate_hotwords
from sangdam.evaluate.load import read_utterances
from sangdam.recogniser import load_recogniser
from sangdam.terminal import bar, print_json
from sangdam.vocabulary import places_of, vocabulary

app = typer.Typer(help="품질을 잰다 / measure quality on labelled data", no_args_is_help=True)

for _command in (retrieval, assist, summary, voc):
    app.command()(_command)

AsJson = Annotated[bool, typer.Option("--json", help="JSON으로 / as JSON (the only form)")]


@app.command()
def asr(
    manifest: Annotated[Path, typer.Option(help="file, text 열이 있는 TSV / TSV with columns file, text")],
    phone: Annotated[
        bool, typer.Option("--phone", help="전화기를 흉내 낸다 / as a telephone hears it")
    ] = False,
    model: Annotated[str | None, typer.Option(help="모델 이름이나 폴더 / model name or folder")] = None,
    json: AsJson = True,  # noqa: ARG001  JSON is the only form
) -> None:
    """실시간 인식과 오프라인 인식의 글자 오류율 / character error rate of streaming beside offline."""
    options = settings.load(model=model)
    with bar("음성 인식 평가 / speech recognition", unit=" s") as progress:
        print_json(asyncio.run(evaluate_asr(options, manifest, phone=phone, progress=progress.move)))


@app.command()
def guards(
    manifest: Annotated[Path, typer.Option(help="file, text 열이 있는 TSV / TSV with columns file, text")],
    model: Annotated[str | None, typer.Option(help="모델 이름이나 폴더 / model name or folder")] = None,
    json: AsJson = True,  # noqa: ARG001  JSON is the only form
) -> None:
    """지어낸 글을 막는 장치마다 정밀도와 재현율 / precision and recall of each guard against invented text."""
    options = settings.load(model=model)
    with bar("지어낸 글 / invented text", unit=" s") as progress:
        print_json(evaluate_guards(options, manifest, progress.move))


@app.command()
def hotwords(
    *,
    manifest: Annotated[
        Path | None,
        typer.Option(help="file, text 열이 있는 TSV, 없으면 예시 통화 / TSV of utterances, else the samples"),
    ] = None,
    phone: Annotated[
        bool, typer.Option("--phone", help="전화기를 흉내 낸다 / as a telephone hears it")
    ] = False,
    articles: Annotated[
        Path, typer.Option(help="안내문, 이름의 출처 / guides, where names come from")
    ] = SAMPLE_GUIDES,
    districts: Annotated[
        Path | None, typer.Option(help="구와 동 YAML, 없으면 서울 / districts and their places, else Seoul's")
    ] = None,
    doubt: Annotated[
        float,
        typer.Option(help="확률이 이보다 낮은 낱말만 의심한다 / words of a lower probability are suspect"),
    ] = DOUBT,
    model: Annotated[str | None, typer.Option(help="모델 이름이나 폴더 / model name or folder")] = None,
    json: AsJson = True,  # noqa: ARG001  JSON is the only form
) -> None:
    """이름을 알려 주면 인식이 나아지는지 잰다 / what the names of guides and places are worth to the recogniser."""
    accepted = import_articles(articles, dt.datetime.now(tz=dt.UTC).date()).accepted
    names = vocabulary(accepted, places_of(load_districts(districts)), Morphemes().analyze)
    utterances = read_utterances(manifest, phone=phone)
    options = settings.load(model=model)
    found = load_recogniser(options)
    with bar("이름 알려 주기 / hotwords") as progress:
        print_json(evaluate_hotwords(found.whisper, utterances, names, doubt, progress.move))
