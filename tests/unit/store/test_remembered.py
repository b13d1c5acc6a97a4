"""Values of a JSON column that are remembered: the same value for the same text, and only so many."""

from sqlalchemy.dialects import sqlite

from contracts.chat import Receipts
from store.tables import JsonText

DIALECT = sqlite.dialect()


def test_what_was_written_is_not_read_again() -> None:
    column = JsonText(Receipts, remembered=2)
    written = Receipts(citizen_read=1)
    text = column.process_bind_param(written, DIALECT)
    assert column.process_result_value(text, DIALECT) is written


def test_another_processs_text_is_read() -> None:
    text = JsonText(Receipts).process_bind_param(Receipts(staff_read=7), DIALECT)
    column = JsonText(Receipts, remembered=2)
    first = column.process_result_value(text, DIALECT)
    assert first == Receipts(staff_read=7)
    assert column.process_result_value(text, DIALECT) is first


def test_the_oldest_is_forgotten() -> None:
    column = JsonText(Receipts, remembered=2)
    texts = [column.process_bind_param(Receipts(staff_read=n), DIALECT) for n in range(3)]
    values = [column.process_result_value(text, DIALECT) for text in texts]
    assert [value.staff_read for value in values if value] == [0, 1, 2]
    assert column.process_result_value(texts[0], DIALECT) is not values[1]


def test_nothing_is_remembered_unless_asked_for() -> None:
    column = JsonText(Receipts)
    text = column.process_bind_param(Receipts(), DIALECT)
    assert column.process_result_value(text, DIALECT) is not column.process_result_value(text, DIALECT)
    assert column.process_result_value(None, DIALECT) is None
