"""What staff need beside the conversations: canned answers, queues, colleagues who take chats."""

from collections.abc import Awaitable, Callable
from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.requests import HTTPConnection

from chat_gateway.queue import Queue
from chat_gateway.rules import Rules
from contracts.chat_http import CannedAnswers
from contracts.panel import Staff


def routes(
    queue: Queue, rules: Rules, authenticate: Callable[[HTTPConnection], Awaitable[Staff]]
) -> APIRouter:
    """Args:
    queue: knows the colleagues.
    rules: of the site.
    authenticate: who asks; raises NotSignedIn.
    """
    router = APIRouter(prefix="/api/chat")

    async def signed_in(connection: HTTPConnection) -> Staff:
        return await authenticate(connection)

    @router.get("/canned")
    async def canned(staff: Annotated[Staff, Depends(signed_in)]) -> CannedAnswers:
        """Colleagues without the one who asks: nobody hands over to themselves."""
        colleagues = await queue.colleagues()
        return CannedAnswers(
            answers=rules.canned,
            skills=rules.topics,
            colleagues=tuple(one for one in colleagues if one.staff_id != staff.staff_id),
        )

    return router
