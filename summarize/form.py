"""The form that a site fills in after each contact: which fields, how they are called, what may be chosen."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from contracts.errors import BadSetting
from contracts.summary import FormField, FormRow, SummaryForm

DEFAULT_PATH: Final = Path(__file__).with_name("form.yaml")


class _Strict(BaseModel):
    """As a person writes it: a misspelt key is an error, no wish that is silently dropped."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class _Option(_Strict):
    text: str = Field(min_length=1, max_length=40)
    words: tuple[str, ...] = ()


class _Row(_Strict):
    name: FormField
    ko: str = Field(min_length=1, max_length=40)
    en: str = Field(min_length=1, max_length=40)
    rows: int = Field(default=1, ge=1, le=20)
    options: tuple[str | _Option, ...] = Field(default=(), max_length=60)
    required: bool = False

    @property
    def choices(self) -> tuple[_Option, ...]:
        return tuple(_Option(text=one) if isinstance(one, str) else one for one in self.options)


class _File(_Strict):
    rows: tuple[_Row, ...] = Field(min_length=1)

    @field_validator("rows")
    @classmethod
    def _each_once(cls, rows: tuple[_Row, ...]) -> tuple[_Row, ...]:
        names = [row.name for row in rows]
        for name in names:
            if names.count(name) > 1:
                raise ValueError(f"{name} twice")
        return rows


@dataclass(frozen=True, slots=True)
class Template:
    """The form as staff see it, and what drafting needs besides."""

    form: SummaryForm
    results: Mapping[str, tuple[str, ...]]
    """The site's words for 결과 → what an agent says when it is that one; empty: the usual phrases of that word."""

    def shows(self, name: FormField) -> bool:
        return any(row.name == name for row in self.form.rows)


def load_form(path: Path | None = None) -> SummaryForm:
    """The form for the pages, read from `path`, the default one when None.

    Raises:
        BadSetting: the file is missing, is no YAML, or holds no form.
    """
    return load_template(path).form


def load_template(path: Path | None = None) -> Template:
    """Read a form with the words that speak for its results.

    Raises:
        BadSetting: as `load_form`.
    """
    path = path or DEFAULT_PATH
    try:
        rows = _File.model_validate(yaml.safe_load(path.read_text(encoding="utf-8"))).rows
    except (OSError, UnicodeDecodeError, yaml.YAMLError, ValidationError) as error:
        what = _first_fault(error)
        raise BadSetting(
            f"상담 이력 서식 {path}을(를) 읽을 수 없습니다. rows에 name, ko, en이 있는 목록인지 확인하십시오. ({what})",
            f"The form of summaries {path} cannot be read: `rows` with name, ko and en is needed. ({what})",
        ) from None
    form = SummaryForm(
        rows=tuple(
            FormRow(
                name=row.name,
                ko=row.ko,
                en=row.en,
                rows=row.rows,
                options=tuple(option.text for option in row.choices),
                required=row.required,
            )
            for row in rows
        )
    )
    results = {option.text: option.words for row in rows if row.name == "result" for option in row.choices}
    return Template(form, results)


def _first_fault(error: Exception) -> str:
    if isinstance(error, ValidationError):
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        return f"{where}: {first['msg']}" if where else str(first["msg"])
    return str(error).splitlines()[0]
