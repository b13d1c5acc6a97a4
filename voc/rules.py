"""What a site sets of its alerts: `site.yaml`, and over it the site's own file."""

import zoneinfo
from pathlib import Path
from typing import Annotated, Any, Final

import yaml
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError
from pydantic.dataclasses import dataclass

from contracts.errors import BadSetting
from contracts.voc import Danger, Lane
from voc.alerting.departments import Department

DEFAULT_PATH: Final = Path(__file__).with_name("site.yaml")
MAX_BYTES: Final = 256 * 1024
HOUR_MS: Final = 3_600_000
WEEK_MS: Final = 7 * 24 * HOUR_MS


def _known_zone(name: str) -> str:
    try:
        zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(f"'{name}' is no time zone / 시간대 이름이 아닙니다 (Asia/Seoul)") from None
    return name


_Zone = Annotated[str, AfterValidator(_known_zone)]
_WindowH = Annotated[int, Field(ge=1, le=24)]
_WindowMin = Annotated[int, Field(ge=5, le=1440)]


class _Strict(BaseModel):
    """A name that is not known is a mistake in writing."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class _Department(_Strict):
    name: str = Field(min_length=1, max_length=80)
    topics: tuple[Annotated[str, Field(min_length=1)], ...] = ()
    dangers: tuple[Danger, ...] = ()
    districts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, config=ConfigDict(extra="forbid"))
class Rules:
    """Times in the unit of their name. A supervisor's budgets (`voc_notes`) stand over those here."""

    time_zone: _Zone = "Asia/Seoul"
    country: str = "KR"
    step_s: float = Field(default=300, ge=1, le=3600)
    safety_step_s: float = Field(default=60, ge=1, le=3600)
    """After a contact that speaks of a danger the detector looks earlier."""
    learn_every_s: float = Field(default=3600, ge=60, le=86_400)
    weeks_needed: float = Field(default=3.0, ge=1, le=52)
    windows_h: tuple[_WindowH, ...] = Field(default=(1, 3, 6, 24), min_length=1, max_length=8)
    safety_windows_min: tuple[_WindowMin, ...] = Field(default=(15, 60, 180), min_length=1, max_length=8)
    min_contacts: int = Field(default=4, ge=2, le=1000)
    safety_min_contacts: int = Field(default=3, ge=2, le=1000)
    quotes_from: int = Field(default=5, ge=3, le=1000)
    """Different contacts, before what anybody said is shown."""
    cool_down_h: float = Field(default=12, ge=1, le=168)
    budget: float = Field(default=5.0, ge=0.5, le=100)
    safety_budget: float = Field(default=2.0, ge=0.5, le=100)
    departments: tuple[Department, ...] = ()

    @property
    def zone(self) -> zoneinfo.ZoneInfo:
        return zoneinfo.ZoneInfo(self.time_zone)

    @property
    def cool_down_ms(self) -> int:
        return int(self.cool_down_h * HOUR_MS)

    def budget_of(self, lane: Lane) -> float:
        return self.safety_budget if lane == "safety" else self.budget


class _File(_Strict):
    """The names of `Rules`; what is said of their values is said there."""

    departments: tuple[_Department, ...] = Field(default=(), max_length=500)


def load_rules(path: Path | None = None) -> Rules:
    """What comes along, and over it the site's own file.

    Raises:
        BadSetting: a file cannot be read, is no YAML, or says something that cannot be: what is wrong, and where.
    """
    written = _read(DEFAULT_PATH)
    if path is not None:
        written |= _read(path)
    try:
        table = _File.model_validate({"departments": written.pop("departments", ()) or ()}).departments
        return Rules(**written, departments=tuple(Department(**one.model_dump()) for one in table))
    except ValidationError as error:
        first = error.errors()[0]
        raise _bad(path, f"{'.'.join(map(str, first['loc']))}: {first['msg']}") from None


def _read(path: Path) -> dict[str, Any]:
    try:
        if path.stat().st_size > MAX_BYTES:
            raise _bad(path, f"larger than {MAX_BYTES // 1024} KiB")
        read = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, yaml.YAMLError) as error:
        raise _bad(path, " ".join(str(error).split())) from None
    if read is None:
        return {}
    if not isinstance(read, dict) or not all(isinstance(name, str) for name in read):
        raise _bad(path, "names and values are needed / 이름: 값의 모음이 아닙니다")
    return read


def _bad(path: Path | None, why: str) -> BadSetting:
    shown = path or DEFAULT_PATH
    return BadSetting(
        f"경보 설정 {shown}을(를) 쓸 수 없습니다. voc/site.yaml의 형식과 견주어 고치십시오. ({why})",
        f"Alert settings {shown} cannot be used. Compare them with voc/site.yaml. ({why})",
    )
