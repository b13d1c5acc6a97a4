"""Weekly reports over HTTP: who may, what is asked for, and how files come."""

import pytest

from console.reports_api import MAX_WAITING
from contracts.clock import wall_ms
from contracts.voc_http import ReportList
from store import voc_reports

WEEK = "2025-W47"
PATHS = [
    ("GET", "/api/voc/reports"),
    ("POST", f"/api/voc/reports/{WEEK}"),
    ("GET", f"/api/voc/reports/{WEEK}/html"),
]


async def made(server, **files: bytes) -> None:
    async with server.database.session() as session:
        await voc_reports.ask(session, WEEK, wall_ms())
        await voc_reports.keep(session, WEEK, files, "", wall_ms())


async def test_nobody_but_supervisors_and_admins(server) -> None:
    await made(server, html=b"<p>")
    for method, path in PATHS:
        async with server.visitor() as nobody:
            assert (await nobody.request(method, path)).status_code == 401
        for login in ("kim", "pen"):
            async with server.signed_in(login) as client:
                refused = await client.request(method, path)
                assert (refused.status_code, refused.json()["code"]) == (403, "not-allowed")
        for login in ("boss", "root"):
            async with server.signed_in(login) as client:
                assert (await client.request(method, path)).status_code == 200


async def test_a_report_is_asked_for_made_and_listed(server) -> None:
    async with server.signed_in("boss") as boss:
        asked = await boss.post(f"/api/voc/reports/{WEEK}")
        (line,) = ReportList.model_validate(asked.json()).reports
        assert (line.week, line.made_at_ms, line.files) == (WEEK, None, ())
        missing = await boss.get(f"/api/voc/reports/{WEEK}/pdf")
        assert (missing.status_code, missing.json()["code"]) == (404, "not-found")
        await made(server, html=b"<p>", csv=b"a,b")
        (line,) = ReportList.model_validate((await boss.get("/api/voc/reports")).json()).reports
        assert line.files == ("html", "csv")
        assert line.made_at_ms is not None


async def test_files_come_named_and_harmless(server) -> None:
    await made(server, html=b"<script>x</script>", pdf=b"%PDF", csv="\ufeff시각".encode(), parquet=b"PAR1")
    async with server.signed_in("boss") as boss:
        page = await boss.get(f"/api/voc/reports/{WEEK}/html")
        policy = page.headers["content-security-policy"]
        assert policy.startswith("sandbox; default-src 'none'")
        assert "script-src" not in policy
        assert "allow-scripts" not in policy
        assert page.headers["content-type"] == "text/html; charset=utf-8"
        for name, kind in (("pdf", "application/pdf"), ("csv", "text/csv; charset=utf-8")):
            file = await boss.get(f"/api/voc/reports/{WEEK}/{name}")
            assert file.headers["content-type"] == kind
            assert file.headers["content-disposition"] == f'attachment; filename="sangdam-{WEEK}.{name}"'
            assert file.headers["x-content-type-options"] == "nosniff"
            assert file.headers["cache-control"] == "no-store"
        assert (await boss.get(f"/api/voc/reports/{WEEK}/parquet")).content == b"PAR1"


@pytest.mark.parametrize("week", ["2025-W60", "2025-47", "2999-W01", "%2e%2e"])
async def test_weeks_that_are_none_or_not_yet_are_refused(server, week: str) -> None:
    async with server.signed_in("boss") as boss:
        refused = await boss.post(f"/api/voc/reports/{week}")
        assert refused.status_code in {400, 404, 405}
        assert refused.json()["ko"]
        assert ReportList.model_validate((await boss.get("/api/voc/reports")).json()).reports == ()
        assert (await boss.get(f"/api/voc/reports/{WEEK}/exe")).status_code == 400


async def test_few_may_wait_at_a_time(server) -> None:
    async with server.signed_in("boss") as boss:
        for number in range(1, MAX_WAITING + 1):
            assert (await boss.post(f"/api/voc/reports/2025-W{number:02}")).status_code == 200
        refused = await boss.post("/api/voc/reports/2025-W30")
        assert (refused.status_code, refused.json()["code"]) == (503, "overloaded")
