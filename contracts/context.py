"""What the code that runs now is about, for logs and traces. Set it at the shell's borders; read it where lines are written."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import ContextVar
from typing import Final

from contracts.event import Event

SERVICE: Final[ContextVar[str]] = ContextVar("service", default="")
CONTACT: Final[ContextVar[str]] = ContextVar("contact", default="")
TRACE: Final[ContextVar[str | None]] = ContextVar("trace", default=None)
"""`traceparent` of the work that goes on; publishing stamps it on events that have none."""

Span = Callable[[str, Event], AbstractContextManager[None]]
"""Opens a span of this name about an event, as a child of the event's trace, and sets `TRACE` inside."""


def _no_span(_name: str, _event: Event) -> AbstractContextManager[None]:
    return nullcontext()


_span: Span = _no_span


def install_span(span: Span) -> None:
    """Called once by the application where tracing is on."""
    global _span  # noqa: PLW0603  one tracer a process, as one root logger
    _span = span


@contextmanager
def about(event: Event, name: str = "handle") -> Iterator[None]:
    """Everything within the block is about this event: log lines carry its contact, what is published its trace."""
    token = CONTACT.set(event.contact_id)
    try:
        with _span(name, event):
            yield
    finally:
        CONTACT.reset(token)
