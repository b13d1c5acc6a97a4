from typing import get_args

import pytest
from typer.testing import CliRunner

from contracts.panel import StaffRole
from sangdam.cli import app

PASSWORD = "맞는 비밀번호 12\n"


@pytest.fixture
def sangdam(tmp_path, monkeypatch):
    monkeypatch.setenv("SANGDAM_DATABASE", f"sqlite+aiosqlite:///{tmp_path / 'users.db'}")
    return lambda *words, typed="": CliRunner().invoke(app, ["users", *words], input=typed)


def test_every_role_can_be_given(sangdam):
    for role in get_args(StaffRole):
        assert sangdam("add", f"my-{role}", "--role", role, typed=PASSWORD).exit_code == 0
    told = sangdam("list").output
    assert all(f"my-{role}" in told for role in ("agent", "editor", "supervisor", "admin"))
    assert sangdam("add", "x", "--role", "boss", typed=PASSWORD).exit_code != 0
