"""A file that somebody sent, as a picture that is safe to show: decoded, turned upright, made smaller, encoded anew.

Nothing of the file itself goes on: no place where it was taken, no comment, nothing that only claims to be a picture.
Pure; takes up to half a second of one core, so it belongs into a thread.
"""

import io
from dataclasses import dataclass
from typing import Final

from PIL import Image, ImageOps, UnidentifiedImageError

from contracts.errors import BadInput

MAX_SIDE: Final = 2048
"""Pixels of the longer side afterwards: the small print of a bill is still read."""

MAX_JPEG_PIXELS: Final = 50_000_000
"""The largest pictures that telephones take by themselves; JPEG is read at a fraction of its size."""

MAX_PIXELS: Final = 16_000_000
"""Of the other formats, which are unpacked whole, WebP several times: 250 MB measured. A JPEG of the size above took
190 MB where it is progressive, else 90."""

MIN_SIDE: Final = 8
_QUALITY: Final = 85
_FORMATS: Final = ("JPEG", "PNG", "WEBP")
_HEIF: Final = frozenset({b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1", b"msf1", b"avif", b"avis"})
_WHITE: Final = (255, 255, 255)


class BadPhoto(BadInput):
    """A file that is no usable picture."""

    code = "bad-photo"
    http_status = 422


@dataclass(frozen=True, slots=True)
class Picture:
    jpeg: bytes
    width: int
    height: int


def picture_of(file: bytes) -> Picture:
    """The picture in the file.

    Raises:
        BadPhoto: no picture, one that is damaged, of a format that is not taken, or far too large.
    """
    _check_head(file)
    try:
        with Image.open(io.BytesIO(file), formats=_FORMATS) as opened:
            _check_size(opened.size, MAX_JPEG_PIXELS if opened.format in ("JPEG", "MPO") else MAX_PIXELS)
            upright = _upright(opened)
    except Image.DecompressionBombError:
        raise _too_large() from None
    except UnidentifiedImageError:
        raise _no_picture() from None
    except (OSError, SyntaxError, ValueError, EOFError, OverflowError, MemoryError):
        # What the decoders raise of a broken file depends on where it is broken.
        raise BadPhoto(
            "사진 파일이 끝까지 오지 않았거나 깨졌습니다. 다시 골라 보내 주십시오.",
            "the photo is cut off or damaged. Choose it again.",
        ) from None
    written = io.BytesIO()
    upright.save(written, "JPEG", quality=_QUALITY, optimize=True)
    return Picture(written.getvalue(), upright.width, upright.height)


def _upright(opened: Image.Image) -> Image.Image:
    """The pixels alone, as the taker saw them."""
    opened.draft("RGB", (MAX_SIDE, MAX_SIDE))  # a JPEG is decoded at the smallest size that is large enough
    opened.load()
    opened.thumbnail((MAX_SIDE, MAX_SIDE), Image.Resampling.LANCZOS)
    turned = _turned(opened)
    clean = Image.new("RGB", turned.size, _WHITE)
    if turned.mode in ("RGBA", "LA", "PA") or "transparency" in turned.info:
        layer = turned.convert("RGBA")
        clean.paste(layer, mask=layer.getchannel("A"))
    else:
        clean.paste(turned.convert("RGB"))
    return clean


def _turned(opened: Image.Image) -> Image.Image:
    try:
        return ImageOps.exif_transpose(opened)
    except (OSError, SyntaxError, ValueError, KeyError, TypeError, OverflowError):
        return opened  # the note beside the pixels is broken, the pixels are not


def _check_head(file: bytes) -> None:
    """What is told apart before any decoder reads it."""
    if file[4:8] == b"ftyp" and file[8:12] in _HEIF:
        raise BadPhoto(
            "HEIC·AVIF 사진은 받을 수 없습니다. 사진을 화면에 띄워 캡처해 보내거나, 아이폰은 설정 > 카메라 > 포맷에서 "
            "'높은 호환성'을 고른 뒤 다시 찍어 보내 주십시오.",
            "HEIC and AVIF photos are not taken. Send a screenshot of it, or on an iPhone choose Settings > Camera > "
            "Formats > Most Compatible and take it again.",
        )
    if file[:4] == b"RIFF" and file[8:12] == b"WEBP":
        # Its decoder takes memory for the whole canvas as soon as it is opened.
        _check_size(_webp_size(file), MAX_PIXELS)


def _webp_size(file: bytes) -> tuple[int, int]:
    """Width and height by the first chunk (RFC 9649)."""
    kind, data = file[12:16], file[20:30]
    if len(data) < 10:
        raise _no_picture()
    if kind == b"VP8X":
        return 1 + int.from_bytes(data[4:7], "little"), 1 + int.from_bytes(data[7:10], "little")
    if kind == b"VP8L":
        bits = int.from_bytes(data[1:5], "little")
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    return int.from_bytes(data[6:8], "little") & 0x3FFF, int.from_bytes(data[8:10], "little") & 0x3FFF


def _check_size(size: tuple[int, int], most: int) -> None:
    if size[0] * size[1] > most:
        raise _too_large()
    if min(size) < MIN_SIDE:
        raise BadPhoto(
            f"사진이 너무 작습니다(짧은 쪽이 {MIN_SIDE}픽셀 이상이어야 합니다).",
            f"the photo is too small (at least {MIN_SIDE} pixels on its shorter side).",
        )


def _no_picture() -> BadPhoto:
    return BadPhoto(
        "사진 파일이 아닙니다. JPEG, PNG, WebP 사진을 골라 주십시오.",
        "not a photo. Choose a JPEG, PNG or WebP file.",
    )


def _too_large() -> BadPhoto:
    return BadPhoto(
        "사진의 가로세로가 너무 큽니다. 줄이거나 화면을 캡처해 보내 주십시오.",
        "the photo has too many pixels. Make it smaller, or send a screenshot of it.",
    )
