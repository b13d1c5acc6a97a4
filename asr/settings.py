"""What a site sets of its recogniser."""

from dataclasses import dataclass, field

from asr.admission import AdmissionSettings
from asr.endpointing import EndpointSettings
from asr.scheduler import SchedulerSettings
from contracts.event import Language


@dataclass(frozen=True, slots=True)
class AsrSettings:
    language: Language = "ko"
    endpoints: EndpointSettings = field(default_factory=EndpointSettings)
    scheduler: SchedulerSettings = field(default_factory=SchedulerSettings)
    admission: AdmissionSettings = field(default_factory=AdmissionSettings)
