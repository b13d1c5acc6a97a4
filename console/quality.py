"""How summary drafts fare: `/api/quality`; types in `contracts/quality.py`."""

from fastapi import APIRouter

from bus.base import Bus
from console.auth import Auth
from console.desk import Desk
from contracts.clock import Clock
from store.database import Database


def quality_router(auth: Auth, desk: Desk, database: Database, bus: Bus, clock: Clock) -> APIRouter:  # noqa: ARG001
    return APIRouter()
