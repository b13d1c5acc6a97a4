"""The tools that read the container files have no complaint, as far as they are on this machine."""

import subprocess
from pathlib import Path

import pytest


def test_the_tools_accept_the_files(root: Path) -> None:
    ran = subprocess.run(
        [root / "deploy/check"], capture_output=True, text=True, timeout=120, check=False, cwd=root
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    if missing := [line for line in ran.stdout.splitlines() if line.startswith("- ")]:
        pytest.skip("; ".join(missing))


def test_a_complaint_is_a_failure(root: Path, tmp_path: Path) -> None:
    tool = tmp_path / "bin" / "hadolint"
    tool.parent.mkdir()
    tool.write_text("#!/bin/sh\necho DL3007 never latest\nexit 1\n")
    tool.chmod(0o755)
    ran = subprocess.run(
        [root / "deploy/check"],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        cwd=root,
        env={"PATH": f"{tool.parent}:/usr/bin:/bin", "HOME": str(tmp_path)},
    )
    assert ran.returncode == 1
    assert "DL3007 never latest" in ran.stdout


def test_secrets_are_made_once(root: Path, tmp_path: Path) -> None:
    script = tmp_path / "make-secrets"
    script.write_bytes((root / "deploy/make-secrets").read_bytes())
    script.chmod(0o755)
    subprocess.run([script], check=True, timeout=30, capture_output=True)
    made = {file.name: file.read_text() for file in (tmp_path / "secrets").iterdir()}
    subprocess.run([script], check=True, timeout=30, capture_output=True)
    assert made == {file.name: file.read_text() for file in (tmp_path / "secrets").iterdir()}
    assert len(set(made.values())) == len(made) == 5
    assert all(len(value) >= 40 for value in made.values())
    assert (tmp_path / "secrets").stat().st_mode & 0o777 == 0o700
    assert {file.stat().st_mode & 0o777 for file in (tmp_path / "secrets").iterdir()} == {0o444}
