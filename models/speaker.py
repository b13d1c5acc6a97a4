"""Who speaks: CAM++ speaker embeddings, in numpy.

CAM++ (Wang et al., 2023, https://arxiv.org/abs/2303.00332) by 3D-Speaker, weights
`speech_campplus_sv_zh_en_16k-common` (Apache-2.0): a 2-D convolutional front on 80 mel bins, then densely
connected time-delay layers, each masked by the context it stands in. The published weights are a PyTorch
file; seven million of them need no PyTorch: the whole forward pass is matrix products.
"""

import pickle
import zipfile
from collections import OrderedDict
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from contracts.errors import ModelCorrupt
from models.fbank import Float32

SIZE: Final = 192
"""Length of an embedding."""

_BLOCKS: Final = ((12, 1), (24, 2), (16, 2))
"""Layers and dilation of the three dense blocks."""
_SEGMENT: Final = 100
"""Frames over which a layer's local context is averaged."""
_EPSILON: Final = 1e-5
"""PyTorch's, in batch normalisation."""


class SpeakerEmbedding:
    """Maps speech to a point; the same voice lands near itself. Thread-safe."""

    def __init__(self, path: Path) -> None:
        """Load `campplus.pt`.

        Raises:
            ModelCorrupt: it is not CAM++.
        """
        try:
            self._weights = _fold(_read(path))
            self(np.zeros((1, _SEGMENT, 80), np.float32))
        except Exception as error:  # noqa: BLE001  zipfile, pickle and numpy each raise their own
            raise ModelCorrupt(
                f"'{path}'은(는) 화자 구분 모델이 아닙니다. 'sangdam models verify'로 확인하십시오.",
                f"'{path}' is no CAM++ model ({error}); check it with 'sangdam models verify'.",
            ) from None

    def __call__(self, features: Float32) -> Float32:
        """Embed stretches of the same length.

        Args:
            features: filterbank energies of `models.fbank`, shape (stretches, frames, 80), at least 10 frames.

        Returns:
            Shape (stretches, 192), each of length 1: a product of two is their cosine.
        """
        x = features - features.mean(axis=1, keepdims=True)
        x = self._front(x.transpose(0, 2, 1)[:, None])
        x = self._line(x, "xvector.tdnn.linear", stride=2)
        x = np.maximum(self._norm(x, "xvector.tdnn.nonlinear.batchnorm"), 0)
        for number, (layers, dilation) in enumerate(_BLOCKS, 1):
            for layer in range(1, layers + 1):
                name = f"xvector.block{number}.tdnnd{layer}"
                x = np.concatenate([x, self._layer(x, name, dilation)], axis=1)
            x = self._active(x, f"xvector.transit{number}.nonlinear.batchnorm")
            x = self._line(x, f"xvector.transit{number}.linear")
        x = self._active(x, "xvector.out_nonlinear.batchnorm")
        pooled = np.concatenate([x.mean(axis=2), x.std(axis=2, ddof=1)], axis=1)[:, :, None]
        out = self._norm(self._line(pooled, "xvector.dense.linear"), "xvector.dense.nonlinear.batchnorm")[
            :, :, 0
        ]
        unit: Float32 = out / np.maximum(np.linalg.norm(out, axis=1, keepdims=True), 1e-9)
        return unit

    def _front(self, x: Float32) -> Float32:
        """(stretches, 1, 80, frames) → (stretches, 320, frames), by residual 2-D convolutions."""
        x = np.maximum(self._plane(x, "head.conv1", "head.bn1"), 0)
        for layer in ("layer1", "layer2"):
            for block, stride in ((0, 2), (1, 1)):
                name = f"head.{layer}.{block}"
                y = np.maximum(self._plane(x, f"{name}.conv1", f"{name}.bn1", stride), 0)
                y = self._plane(y, f"{name}.conv2", f"{name}.bn2")
                if stride > 1:
                    x = self._plane(x, f"{name}.shortcut.0", f"{name}.shortcut.1", stride)
                x = np.maximum(x + y, 0)
        x = np.maximum(self._plane(x, "head.conv2", "head.bn2", 2), 0)
        return x.reshape(len(x), -1, x.shape[3])

    def _layer(self, x: Float32, name: str, dilation: int) -> Float32:
        """A dense layer: its convolution, masked by the mean of the whole and of the segment."""
        x = self._line(self._active(x, f"{name}.nonlinear1.batchnorm"), f"{name}.linear1")
        x = self._active(x, f"{name}.nonlinear2.batchnorm")
        local = self._line(x, f"{name}.cam_layer.linear_local", dilation=dilation)
        starts = np.arange(0, x.shape[2], _SEGMENT)
        lengths = np.diff([*starts, x.shape[2]])
        segments = np.add.reduceat(x, starts, axis=2) / lengths
        context = (x.mean(axis=2, keepdims=True) + segments).astype(np.float32)
        context = np.maximum(self._line(context, f"{name}.cam_layer.linear1"), 0)
        mask = 1 / (1 + np.exp(-self._line(context, f"{name}.cam_layer.linear2")))
        masked: Float32 = local * np.repeat(mask, lengths, axis=2)
        return masked

    def _active(self, x: Float32, name: str) -> Float32:
        active: Float32 = np.maximum(self._norm(x, name), 0)
        return active

    def _norm(self, x: Float32, name: str) -> Float32:
        shape = (-1,) + (1,) * (x.ndim - 2)
        normed: Float32 = x * self._weights[f"{name}.scale"].reshape(shape)
        normed += self._weights[f"{name}.shift"].reshape(shape)
        return normed

    def _line(self, x: Float32, name: str, stride: int = 1, dilation: int = 1) -> Float32:
        """1-D convolution that keeps the length, or divides it by `stride`; x: (stretches, channels, frames)."""
        weight = self._weights[f"{name}.weight"]
        width = weight.shape[2]
        edge = width // 2 * dilation
        if width > 1:
            x = np.pad(x, ((0, 0), (0, 0), (edge, edge)))
            frames = (x.shape[2] - 2 * edge - 1) // stride + 1
            taps = [
                x[:, :, at : at + (frames - 1) * stride + 1 : stride]
                for at in range(0, 2 * edge + 1, dilation)
            ]
            x = np.concatenate(taps, axis=1)
        line: Float32 = weight.transpose(0, 2, 1).reshape(len(weight), -1) @ x
        if f"{name}.bias" in self._weights:
            line += self._weights[f"{name}.bias"][:, None]
        return line

    def _plane(self, x: Float32, name: str, norm: str, stride: int = 1) -> Float32:
        """2-D convolution and normalisation; `stride` on the mel axis; x: (stretches, channels, bins, frames)."""
        weight = self._weights[f"{name}.weight"]
        bins, frames, edge = x.shape[2], x.shape[3], weight.shape[2] // 2
        x = np.pad(x, ((0, 0), (0, 0), (edge, edge), (edge, edge)))
        taps = [
            x[:, :, i : i + bins : stride, j : j + frames]
            for i in range(2 * edge + 1)
            for j in range(2 * edge + 1)
        ]
        rows = np.concatenate(taps, axis=1)
        flat = rows.reshape(len(x), rows.shape[1], -1)
        plane = weight.transpose(0, 2, 3, 1).reshape(len(weight), -1) @ flat
        return self._norm(plane.reshape(len(x), len(weight), -1, frames), norm)


def _fold(weights: dict[str, Float32]) -> dict[str, Float32]:
    """Batch normalisation as one factor and one addend a channel."""
    folded = dict(weights)
    for key, variance in weights.items():
        name, _, field = key.rpartition(".")
        if field == "running_var":
            scale = weights.get(f"{name}.weight", np.ones_like(variance)) / np.sqrt(variance + _EPSILON)
            shift = weights.get(f"{name}.bias", np.zeros_like(variance))
            folded[f"{name}.scale"] = scale
            folded[f"{name}.shift"] = shift - weights[f"{name}.running_mean"] * scale
    return folded


def _read(path: Path) -> dict[str, Float32]:
    """The tensors of a PyTorch file: a zip with a pickle of their shapes and one member of bytes each."""
    with zipfile.ZipFile(path) as archive:
        (index,) = [name for name in archive.namelist() if name.endswith("/data.pkl")]
        with archive.open(index) as file:
            tensors = _Tensors(file, archive, index.removesuffix("data.pkl")).load()
    return {str(name): tensor for name, tensor in tensors.items()}


class _Tensors(pickle.Unpickler):
    """Reads tensors and nothing else: a pickle that names any other function is refused."""

    def __init__(self, file: Any, archive: zipfile.ZipFile, root: str) -> None:
        super().__init__(file)
        self._archive, self._root = archive, root

    def find_class(self, module: str, name: str) -> Any:
        known = {
            ("torch._utils", "_rebuild_tensor_v2"): _tensor,
            ("collections", "OrderedDict"): OrderedDict,
            ("torch", "FloatStorage"): np.dtype("<f4"),
            ("torch", "LongStorage"): np.dtype("<i8"),
        }
        if (module, name) not in known:
            raise pickle.UnpicklingError(f"{module}.{name} in a file of weights")
        return known[module, name]

    def persistent_load(self, pid: Any) -> npt.NDArray[Any]:
        _, dtype, key, *_ = pid
        return np.frombuffer(self._archive.read(f"{self._root}data/{key}"), dtype)


def _tensor(
    storage: npt.NDArray[Any], offset: int, shape: tuple[int, ...], strides: tuple[int, ...], *_: object
) -> npt.NDArray[Any]:
    itemsize = storage.dtype.itemsize
    return np.lib.stride_tricks.as_strided(
        storage[offset:], shape, [step * itemsize for step in strides], writeable=False
    ).copy()
