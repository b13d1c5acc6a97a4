"""Traces across the bus, as an option: spans to an OpenTelemetry collector over OTLP/HTTP.

A contact is one trace: its UUID is the trace's id, so that who knows the contact finds the trace. `traceparent`
travels in the events (`contracts.event.Event.trace`). Spans carry ids and kinds, never what was said. A collector
that is slow or away costs nothing but its spans: the queue is bounded, sending has a thread of its own.
"""

import asyncio
import threading
import uuid
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from contextvars import ContextVar
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from contracts.clock import wall_ms
from contracts.context import SERVICE, TRACE, Span, install_span
from contracts.errors import BadSetting
from contracts.event import Event
from contracts.transcript import Utterance

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider

MAX_WAITING: Final = 2048
"""Spans that wait to be sent; more are dropped."""
_BATCH: Final = 512
_EVERY_MS: Final = 1_000
_SEND_S: Final = 5
_FLUSH_S: Final = 2.0
"""For what waits when the process stops."""

_NEW_TRACE: ContextVar[int] = ContextVar("new_trace", default=0)
"""Id of the trace that a span without a parent begins."""


@asynccontextmanager
async def tracing(endpoint: str, names: Sequence[str], instance: str) -> AsyncIterator[None]:
    """Send spans for the length of the block; does nothing without an endpoint.

    Args:
        endpoint: `http://host:4318`, or with the path of a collector that has another than `/v1/traces`.
        names: services of this process; together they are its name in the traces.
        instance: tells processes of the same name apart.

    Raises:
        BadSetting: the endpoint cannot be used, or the libraries are not installed.
    """
    if not endpoint:
        yield
        return
    provider = _provider(checked(endpoint), names, instance)
    install_span(_spans(provider))
    try:
        yield
    finally:
        await _flush(provider)


def checked(endpoint: str) -> str:
    """The endpoint with its path.

    Raises:
        BadSetting: no HTTP address.
    """
    try:
        parts = urlsplit(endpoint)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable:
        raise BadSetting(
            f"설정 SANGDAM_TRACES의 값 '{endpoint}'은(는) OTLP/HTTP 주소가 아닙니다. 예: http://127.0.0.1:4318",
            f"SANGDAM_TRACES: '{endpoint}' is no OTLP/HTTP address; example: http://127.0.0.1:4318",
        )
    return endpoint if parts.path.strip("/") else f"{endpoint.rstrip('/')}/v1/traces"


def _provider(endpoint: str, names: Sequence[str], instance: str) -> "TracerProvider":
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter  # noqa: PLC0415
        from opentelemetry.sdk.resources import Resource  # noqa: PLC0415
        from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415
        from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415
        from opentelemetry.sdk.trace.id_generator import RandomIdGenerator  # noqa: PLC0415
    except ImportError as error:
        raise BadSetting(
            f"SANGDAM_TRACES를 쓰려면 'pip install sangdam[otel]'이 필요합니다({error}).",
            f"SANGDAM_TRACES needs: pip install 'sangdam[otel]' ({error}).",
        ) from None

    class ContactIds(RandomIdGenerator):
        """The first span of a contact begins the contact's own trace."""

        def generate_trace_id(self) -> int:
            return _NEW_TRACE.get() or super().generate_trace_id()

    resource = Resource.create(
        {"service.name": f"sangdam-{'+'.join(names)}", "service.instance.id": instance}
    )
    provider = TracerProvider(resource=resource, id_generator=ContactIds(), shutdown_on_exit=False)
    provider.add_span_processor(
        BatchSpanProcessor(
            OTLPSpanExporter(endpoint=endpoint, timeout=_SEND_S),
            max_queue_size=MAX_WAITING,
            max_export_batch_size=_BATCH,
            schedule_delay_millis=_EVERY_MS,
        )
    )
    return provider


def _spans(provider: "TracerProvider") -> Span:
    from opentelemetry.context import Context  # noqa: PLC0415
    from opentelemetry.trace import StatusCode  # noqa: PLC0415
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator  # noqa: PLC0415

    tracer, propagator = provider.get_tracer("sangdam"), TraceContextTextMapPropagator()

    @contextmanager
    def span(name: str, event: Event) -> Iterator[None]:
        if isinstance(event, Utterance) and event.status == "partial":
            yield  # several a second and channel, and nothing comes of them but themselves
            return
        # An event's own trace, not that of whoever happened to start this task.
        carrier = {"traceparent": event.trace} if event.trace else {}
        parent = propagator.extract(carrier, Context())
        new = _NEW_TRACE.set(uuid.UUID(event.contact_id).int)
        try:
            with tracer.start_as_current_span(
                name,
                parent,
                attributes={
                    "sangdam.service": SERVICE.get(),
                    "sangdam.contact": event.contact_id,
                    "sangdam.event": str(getattr(event, "type", "")),
                    "sangdam.age_ms": wall_ms() - event.at_ms,
                },
                # Messages of exceptions may quote what was said.
                record_exception=False,
                set_status_on_exception=False,
            ) as current:
                own: dict[str, str] = {}
                propagator.inject(own)
                inside = TRACE.set(own["traceparent"])
                try:
                    yield
                except Exception as error:
                    current.set_status(StatusCode.ERROR, type(error).__name__)
                    raise
                finally:
                    TRACE.reset(inside)
        finally:
            _NEW_TRACE.reset(new)

    return span


async def _flush(provider: "TracerProvider") -> None:
    """Send what waits, within a limit, on a thread that nobody waits for at the end of the process."""
    loop, sent = asyncio.get_running_loop(), asyncio.Event()

    def send() -> None:
        provider.shutdown()
        with suppress(RuntimeError):  # the loop is closed: nobody waits any more
            loop.call_soon_threadsafe(sent.set)

    threading.Thread(target=send, name="traces-flush", daemon=True).start()
    with suppress(TimeoutError):
        async with asyncio.timeout(_FLUSH_S):
            await sent.wait()
