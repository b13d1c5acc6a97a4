"""What becomes of files that are sent as photos."""

import asyncio
import io
import struct
import zlib
from collections.abc import AsyncIterator

import pytest
from PIL import Image, ImageCms, ImageOps
from sqlalchemy import select

from chat_gateway import photos as photos_module
from chat_gateway.photos import MAX_BYTES, Photos, TooLarge
from chat_gateway.pictures import BadPhoto, picture_of
from contracts.errors import NotFound, Overloaded
from privacy.vault import Vault
from store.chat_tables import ChatPhotoRow
from store.database import Database

CONTACT = "00000000-0000-4000-8000-000000000001"
OTHER = "00000000-0000-4000-8000-000000000002"
RED, BLUE, WHITE = (220, 20, 20), (20, 20, 220), (255, 255, 255)
GPS = "서울시 중구 세종대로 110"


def halves(size: tuple[int, int] = (640, 480), mode: str = "RGB") -> Image.Image:
    """Red on the left, blue on the right."""
    image = Image.new("RGB", size, BLUE)
    image.paste(RED, (0, 0, size[0] // 2, size[1]))
    return image.convert(mode)


def saved(image: Image.Image, kind: str = "JPEG", **options: object) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def shown(jpeg: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(jpeg), formats=["JPEG"])
    image.load()
    return image


def near(pixel: object, colour: tuple[int, int, int]) -> bool:
    assert isinstance(pixel, tuple)
    return all(abs(one - other) < 40 for one, other in zip(pixel, colour, strict=True))


def test_nothing_but_the_pixels_goes_on() -> None:
    exif = Image.Exif()
    exif[0x010F] = "SECRETCAM"
    exif[0x010E] = GPS
    gps = exif.get_ifd(0x8825)
    gps[1], gps[2] = "N", (37.0, 33.0, 59.0)
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    file = saved(
        halves(),
        exif=exif.tobytes(),
        comment="SECRETCOMMENT",
        xmp=b"<x:xmpmeta>SECRETXMP</x:xmpmeta>",
        icc_profile=profile,
        dpi=(300, 300),
    )
    assert all(secret in file for secret in (b"SECRETCAM", b"SECRETCOMMENT", b"SECRETXMP", b"Exif"))
    picture = picture_of(file + b"SECRETTAIL")
    for secret in (b"SECRET", b"Exif", b"ICC_PROFILE", b"xmp", GPS.encode()):
        assert secret not in picture.jpeg
    image = shown(picture.jpeg)
    assert not image.getexif()
    assert set(image.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}
    assert image.size == (640, 480) == (picture.width, picture.height)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_it_stands_upright(orientation: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    file = saved(halves(), exif=exif.tobytes())
    picture = picture_of(file)
    expected = ImageOps.exif_transpose(Image.open(io.BytesIO(file)))
    assert (picture.width, picture.height) == expected.size == (640, 480)[:: 1 if orientation < 5 else -1]
    image = shown(picture.jpeg)
    for place in ((40, 40), (expected.width - 40, expected.height - 40)):
        assert near(image.getpixel(place), expected.getpixel(place))


def test_a_large_photo_is_made_smaller() -> None:
    picture = picture_of(saved(halves((6000, 3000))))
    assert (picture.width, picture.height) == (2048, 1024)
    assert len(picture.jpeg) < 200_000


@pytest.mark.parametrize(
    ("kind", "mode"),
    [
        ("PNG", "RGB"),
        ("PNG", "P"),
        ("PNG", "L"),
        ("PNG", "1"),
        ("PNG", "RGBA"),
        ("WEBP", "RGB"),
        ("WEBP", "RGBA"),
        ("JPEG", "CMYK"),
        ("JPEG", "L"),
    ],
)
def test_other_formats_and_colours_become_jpeg(kind: str, mode: str) -> None:
    picture = picture_of(saved(halves((320, 240), mode), kind))
    image = shown(picture.jpeg)
    assert (image.mode, image.size) == ("RGB", (320, 240))
    if mode not in ("L", "1"):
        assert near(image.getpixel((40, 120)), RED)
        assert near(image.getpixel((280, 120)), BLUE)


def test_what_is_transparent_is_white() -> None:
    clear = Image.new("RGBA", (64, 64), (0, 0, 0, 0))
    for kind in ("PNG", "WEBP"):
        assert near(shown(picture_of(saved(clear, kind)).jpeg).getpixel((30, 30)), WHITE)
    palette = Image.new("P", (64, 64), 0)
    palette.putpalette([0, 0, 0] * 256)
    assert near(shown(picture_of(saved(palette, "PNG", transparency=0)).jpeg).getpixel((30, 30)), WHITE)


def png_of(width: int, height: int) -> bytes:
    """A PNG of a few kilobytes that says it is so large."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = zlib.compress(bytes(1 << 20))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


def webp_of(width: int, height: int) -> bytes:
    size = (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    chunk = b"VP8X" + struct.pack("<I", 10) + b"\x02\x00\x00\x00" + size
    return b"RIFF" + struct.pack("<I", 4 + len(chunk)) + b"WEBP" + chunk


@pytest.mark.parametrize(
    "bomb",
    [png_of(4001, 4000), png_of(30_000, 30_000), png_of(0x7FFFFFFF, 0x7FFFFFFF), webp_of(16383, 16383)],
)
def test_what_unpacks_to_too_much_is_refused_unread(bomb: bytes) -> None:
    with pytest.raises(BadPhoto) as caught:
        picture_of(bomb)
    assert "너무 큽니다" in caught.value.ko or "깨졌습니다" in caught.value.ko


def test_a_truncated_photo_is_refused() -> None:
    for kind in ("JPEG", "PNG", "WEBP"):
        whole = saved(halves(), kind)
        for part in (0.05, 0.5, 0.9):
            with pytest.raises(BadPhoto):
                picture_of(whole[: int(len(whole) * part)])


HEIC = b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic" + bytes(500)
AVIF = b"\x00\x00\x00\x1cftypavif\x00\x00\x00\x00avifmif1" + bytes(500)


@pytest.mark.parametrize(
    ("file", "told"),
    [
        (b"", "사진 파일이 아닙니다"),
        (b"<html><script>alert(1)</script></html>", "사진 파일이 아닙니다"),
        (b"\xff\xd8\xff\xe0<html><script>alert(1)</script></html>", ""),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "사진 파일이 아닙니다"),
        (saved(halves(), "GIF"), "JPEG, PNG, WebP"),
        (saved(halves(), "TIFF"), "JPEG, PNG, WebP"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "사진 파일이 아닙니다"),
        (HEIC, "높은 호환성"),
        (AVIF, "캡처"),
        (saved(Image.new("RGB", (4, 300))), "너무 작습니다"),
        (b"RIFF\x10\x00\x00\x00WEBPVP8X", "사진 파일이 아닙니다"),
    ],
)
def test_what_is_no_photo_is_refused_with_what_to_do(file: bytes, told: str) -> None:
    with pytest.raises(BadPhoto) as caught:
        picture_of(file)
    assert told in caught.value.ko
    assert caught.value.http_status == 422


@pytest.mark.filterwarnings("ignore:Corrupt EXIF")
def test_a_broken_note_beside_the_pixels_does_no_harm() -> None:
    file = saved(halves(), exif=b"Exif\x00\x00MM\x00*\xff\xff\xff\xff broken")
    assert picture_of(file).width == 640


# -- kept --------------------------------------------------------------------------------------------------


@pytest.fixture
async def database(tmp_path) -> AsyncIterator[Database]:
    opened = await Database.open(f"sqlite+aiosqlite:///{tmp_path}/store.db")
    yield opened
    await opened.close()


@pytest.fixture
def photos(database: Database) -> Photos:
    return Photos(database, Vault("v" * 32))


async def pieces(file: bytes, size: int = 16_384) -> AsyncIterator[bytes]:
    for at in range(0, len(file), size):
        yield file[at : at + size]


async def test_a_photo_is_kept_sealed_and_opened_for_its_chat_alone(
    photos: Photos, database: Database
) -> None:
    file = saved(halves())
    kept = await photos.keep(CONTACT, len(file), pieces(file))
    assert (kept.width, kept.height) == (640, 480)
    jpeg = await photos.jpeg(kept.photo_id, CONTACT)
    assert len(jpeg) == kept.size_bytes
    assert near(shown(jpeg).getpixel((40, 40)), RED)
    assert await photos.contact_of(kept.photo_id) == CONTACT
    async with database.session() as session:
        (row,) = await session.scalars(select(ChatPhotoRow))
    assert b"JFIF" not in row.sealed
    for photo_id, contact_id in ((kept.photo_id, OTHER), ("no such", CONTACT)):
        with pytest.raises(NotFound):
            await photos.jpeg(photo_id, contact_id)


async def test_too_many_bytes_are_refused_told_or_untold(photos: Photos) -> None:
    with pytest.raises(TooLarge):
        await photos.keep(CONTACT, MAX_BYTES + 1, pieces(b""))
    taken = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal taken
        while True:
            taken += 1 << 20
            yield bytes(1 << 20)

    with pytest.raises(TooLarge) as caught:
        await photos.keep(CONTACT, None, endless())
    assert caught.value.http_status == 413
    assert taken == MAX_BYTES + (1 << 20)


async def test_an_upload_that_stalls_ends(photos: Photos, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(photos_module, "CHUNK_S", 0.05)

    async def stalls() -> AsyncIterator[bytes]:
        yield b"\xff\xd8"
        await asyncio.Event().wait()

    with pytest.raises(BadPhoto) as caught:
        await photos.keep(CONTACT, None, stalls())
    assert "다 오지 않았습니다" in caught.value.ko


async def test_only_so_many_at_once_and_so_many_a_chat(
    photos: Photos, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(photos_module, "MAX_UPLOADS", 1)
    begun, go_on = asyncio.Event(), asyncio.Event()
    file = saved(halves())

    async def slow() -> AsyncIterator[bytes]:
        begun.set()
        await go_on.wait()
        yield file

    first = asyncio.create_task(photos.keep(CONTACT, None, slow()))
    await begun.wait()
    with pytest.raises(Overloaded):
        await photos.keep(OTHER, None, pieces(file))
    go_on.set()
    await first
    monkeypatch.setattr(photos_module, "MAX_OF_CHAT", 1)
    with pytest.raises(BadPhoto) as caught:
        await photos.keep(CONTACT, None, pieces(file))
    assert "1장" in caught.value.ko
    await photos.keep(OTHER, None, pieces(file))
