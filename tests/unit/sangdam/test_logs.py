"""The log says who, what about and what went wrong, and never what was said."""

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import BaseModel
from sqlalchemy.exc import StatementError

from contracts.context import CONTACT, SERVICE
from contracts.errors import BadFrame, BadSetting
from sangdam import logs

SAID = "소파를 버리고 싶어요"


class Line(BaseModel):
    number: int


@pytest.fixture
def log() -> Iterator[tuple[logging.Logger, io.StringIO, logging.Handler]]:
    """A logger with our filter, its text, and the handler, whose form the test chooses."""
    text = io.StringIO()
    handler = logging.StreamHandler(text)
    handler.addFilter(logs.Context())
    logger = logging.getLogger("test.logs")
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    logger.propagate = False
    service, contact = SERVICE.set("asr"), CONTACT.set("c1")
    yield logger, text, handler
    SERVICE.reset(service)
    CONTACT.reset(contact)
    logger.removeHandler(handler)


def quoting() -> list[Exception]:
    errors: list[Exception] = [StatementError(SAID, SAID, {"text": SAID}, ValueError(SAID))]
    try:
        Line.model_validate({"number": SAID})
    except ValueError as error:
        errors.append(error)
    return errors


def fail(error: Exception) -> None:
    raise error


def lines(text: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.getvalue().splitlines()]


def test_a_line_is_an_object_with_service_and_contact(log: Any) -> None:
    logger, text, handler = log
    handler.setFormatter(logs.JsonLines())
    logger.warning("%d frames\nlost", 3)
    (line,) = lines(text)
    assert line.pop("time").endswith("+00:00")
    assert line == {
        "level": "WARNING",
        "service": "asr",
        "contact": "c1",
        "logger": "test.logs",
        "message": "3 frames\nlost",
    }


def test_a_line_may_name_its_contact_itself(log: Any) -> None:
    logger, text, handler = log
    handler.setFormatter(logs.JsonLines())
    logger.warning("taken as finals", extra={"contact": "c2"})
    assert json.loads(text.getvalue())["contact"] == "c2"


def test_an_error_has_its_code(log: Any) -> None:
    logger, text, handler = log
    handler.setFormatter(logs.JsonLines())
    logger.error("asr: %s", BadFrame("나쁨", "bad"))
    try:
        fail(BadFrame("나쁨", "bad"))
    except BadFrame:
        logger.exception("oh")
    first, second = lines(text)
    assert first["code"] == second["code"] == "bad-frame"
    assert first["message"] == "asr: [bad-frame] 나쁨 / bad"
    assert second["exception"].startswith("BadFrame: [bad-frame] 나쁨 / bad\n  ")
    assert "test_logs.py" in second["exception"]


@pytest.mark.parametrize("form", [logs.JsonLines, logs.PlainLines])
@pytest.mark.parametrize("error", quoting(), ids=lambda error: type(error).__name__)
def test_what_was_said_stays_out(log: Any, form: Any, error: Exception) -> None:
    logger, text, handler = log
    handler.setFormatter(form())
    logger.warning("console: %s", error)
    try:
        try:
            raise error
        except ValueError as quoted:
            raise RuntimeError("the handler failed") from quoted
        except StatementError as quoted:
            raise ExceptionGroup("two", [quoted, OSError("disk")]) from None
    except (RuntimeError, ExceptionGroup):
        logger.exception("event passed over")
    told = text.getvalue()
    assert SAID not in told
    assert SAID not in told.encode().decode("unicode_escape", "ignore")
    assert told.count(type(error).__name__) >= 2
    assert "event passed over" in told


def test_other_errors_keep_their_words(log: Any) -> None:
    logger, text, handler = log
    handler.setFormatter(logs.PlainLines())
    try:
        fail(RuntimeError("CUDA out of memory"))
    except RuntimeError:
        logger.exception("asr failed")
    assert text.getvalue().startswith("ERROR test.logs: asr failed\nRuntimeError: CUDA out of memory\n")


@pytest.mark.parametrize(
    ("level", "form", "variable"), [("LOUD", "text", "SANGDAM_LOG"), ("INFO", "xml", "SANGDAM_LOG_FORMAT")]
)
def test_bad_settings(level: str, form: str, variable: str) -> None:
    with pytest.raises(BadSetting, match=variable):
        logs.start(level, form)
