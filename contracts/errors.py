"""Every error a user or operator can meet.

SangdamError
├── BadInput            what came in cannot be used; nothing else is touched
│   ├── BadAudio        a file or stream that is not usable audio
│   ├── BadFrame        bytes on the audio topic that are no AudioFrame
│   ├── BadEvent        bytes on an event topic that are no event of this schema
│   ├── BadArticle      a guide article that cannot be imported
│   └── BadRequest      an HTTP or WebSocket message that cannot be understood
├── NotAllowed          not this person's contact, or not this person's to do
│   ├── NotSignedIn     no sign-in, a wrong password, or the sign-in has run out
│   └── TooManyAttempts wait before the next sign-in
├── NotFound            no such contact, article, model, …
├── Conflict            somebody else changed it first
├── Unavailable         not now: nothing was kept, the caller still has it and may try again
│   ├── Overloaded      a bounded queue is full; try again or add capacity
│   ├── StorageFull     the disk under the bus or the database is full
│   └── Unreachable     the broker or the database does not answer
├── ModelError
│   ├── ModelMissing    weights are not on this machine and no source gave them
│   ├── ModelCorrupt    weights whose checksum is wrong
│   ├── ModelAway       a language model's server does not answer, or not in time; what it was to write is left out
│   └── ModelUnusable   a language model wrote what cannot be used
├── BusClosed           publish or fetch after close
└── BadSetting          a setting, port or folder that cannot be used
"""

from typing import ClassVar


class SangdamError(Exception):
    """An error with a code, told in Korean and English: what was wrong with what, and what to do.

    Args:
        ko: the sentence for Korean readers, shown first.
        en: the same in English.
    """

    code: ClassVar[str] = "sangdam"
    http_status: ClassVar[int] = 500

    def __init__(self, ko: str, en: str) -> None:
        super().__init__(ko, en)
        self.ko = ko
        self.en = en

    def __str__(self) -> str:
        return f"[{self.code}] {self.ko} / {self.en}"


class BadInput(SangdamError):
    code = "bad-input"
    http_status = 400


class BadAudio(BadInput):
    code = "bad-audio"
    http_status = 422


class BadFrame(BadInput):
    code = "bad-frame"


class BadEvent(BadInput):
    code = "bad-event"


class BadArticle(BadInput):
    code = "bad-article"
    http_status = 422


class BadRequest(BadInput):
    code = "bad-request"


class NotAllowed(SangdamError):
    code = "not-allowed"
    http_status = 403


class NotSignedIn(NotAllowed):
    code = "not-signed-in"
    http_status = 401


class TooManyAttempts(NotAllowed):
    code = "too-many-attempts"
    http_status = 429


class NotFound(SangdamError):
    code = "not-found"
    http_status = 404


class Conflict(SangdamError):
    code = "conflict"
    http_status = 409


class Unavailable(SangdamError):
    code = "unavailable"
    http_status = 503


class Overloaded(Unavailable):
    code = "overloaded"


class StorageFull(Unavailable):
    code = "storage-full"
    http_status = 507


class Unreachable(Unavailable):
    code = "unreachable"


class ModelError(SangdamError):
    code = "model"
    http_status = 503


class ModelMissing(ModelError):
    code = "model-missing"


class ModelCorrupt(ModelError):
    code = "model-corrupt"


class ModelAway(ModelError):
    code = "model-away"


class ModelUnusable(ModelError):
    code = "model-unusable"


class BusClosed(SangdamError):
    code = "bus-closed"


class BadSetting(SangdamError):
    code = "bad-setting"
