"""The sound of a contact while the bus still has it: `/api/contacts/{id}/audio`."""

from fastapi import APIRouter

from bus.base import Bus
from console.auth import Auth
from console.desk import Desk
from contracts.clock import Clock
from store.database import Database


def playback_router(auth: Auth, desk: Desk, database: Database, bus: Bus, clock: Clock) -> APIRouter:  # noqa: ARG001
    return APIRouter()
