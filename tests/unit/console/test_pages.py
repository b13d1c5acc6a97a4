import pytest


@pytest.fixture
def built(tmp_path):
    folder = tmp_path / "static"
    (folder / "assets").mkdir(parents=True)
    (folder / "index.html").write_text("<!doctype html><title>상담</title>")
    (folder / "assets" / "panel-1a2b3c.js").write_text("export {};")
    (tmp_path / "secret.txt").write_text("secret")
    return folder


async def test_the_application_answers_to_all_its_places(start, built):
    server = await start(app_options={"static": built})
    async with server.visitor() as visitor:
        for path in ("/", "/index.html", "/contacts/1", "/sign-in"):
            answer = await visitor.get(path)
            assert answer.status_code == 200
            assert "상담" in answer.text
            assert answer.headers["cache-control"] == "no-cache"
        script = await visitor.get("/assets/panel-1a2b3c.js")
        assert "immutable" in script.headers["cache-control"]
        assert (await visitor.get("/assets/gone.js")).status_code == 404
        assert (await visitor.get("/ws/panel")).status_code == 404
        for path in ("/../secret.txt", "/%2e%2e/secret.txt", "/assets/..%2f..%2fsecret.txt"):
            assert "secret" not in (await visitor.get(path)).text


async def test_missing_pages_say_what_to_do(server):
    async with server.visitor() as visitor:
        answer = await visitor.get("/")
    assert answer.status_code == 503
    assert "make setup" in answer.text
    assert "아직" in answer.text


async def test_the_demonstration_signs_its_visitor_in(start, built):
    server = await start(app_options={"static": built, "demo_sign_in": "kim"})
    async with server.visitor() as visitor:
        assert "set-cookie" in (await visitor.get("/")).headers
        assert (await visitor.get("/api/me")).json()["staff_id"] == "kim"
        assert "set-cookie" not in (await visitor.get("/")).headers


async def test_the_demonstration_shows_two_people_under_two_names(start, built):
    server = await start(
        app_options={"static": built, "demo_sign_in": {"127.0.0.1": "kim", "localhost": "boss"}}
    )
    async with server.visitor() as visitor:
        await visitor.get("/")
        assert (await visitor.get("/api/me")).json()["staff_id"] == "kim"
    async with server.visitor() as visitor:
        await visitor.get("/", headers={"Host": "localhost:8120"})
        assert (await visitor.get("/api/me")).json()["staff_id"] == "boss"


async def test_the_demonstration_signs_nobody_in_under_another_name(start, built):
    """A site that points its own name at this machine reads no page of a signed-in visitor."""
    server = await start(app_options={"static": built, "demo_sign_in": "kim"})
    async with server.visitor() as visitor:
        assert "set-cookie" not in (await visitor.get("/", headers={"Host": "rebind.example"})).headers


async def test_without_a_demonstration_nobody_is_signed_in(start, built):
    server = await start(app_options={"static": built})
    async with server.visitor() as visitor:
        assert "set-cookie" not in (await visitor.get("/")).headers
