"""The guide editor: `/api/guides` and `/api/gaps`; types in `contracts/guides.py`."""

from fastapi import APIRouter

from bus.base import Bus
from console.auth import Auth
from console.desk import Desk
from contracts.clock import Clock
from store.database import Database


def guides_router(auth: Auth, desk: Desk, database: Database, bus: Bus, clock: Clock) -> APIRouter:  # noqa: ARG001
    return APIRouter()
