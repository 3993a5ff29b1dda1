from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rtwidgets.engines.kokoro import KokoroSynthesizer, speak
from rtwidgets.engines.kokoro_choice import has_dot_product, likeness
from rtwidgets.engines.kokoro_graph import rewrite
from rtwidgets.engines.libraries import onnx_session
from rtwidgets.errors import EngineError

pytestmark = pytest.mark.engine

TOKENS = [50, 83, 54, 156, 31, 16, 65, 156, 87, 123, 54, 46, 4]  # "həlˈO wˈɜɹld."


@pytest.fixture(scope="module")
def onnx() -> Any:
    return pytest.importorskip("onnx")


def sound(path: Path, kokoro: KokoroSynthesizer) -> np.ndarray:
    return speak(onnx_session(str(path)), TOKENS, kokoro._styles["alloy"], 1.0)


@pytest.fixture(scope="module")
def shipped(kokoro_model: Path, kokoro: KokoroSynthesizer) -> np.ndarray:
    return sound(kokoro_model, kokoro)


def rewritten(onnx: Any, model: Path, target: Path, *, fourier: bool) -> Path:
    graph = rewrite(onnx.load(str(model)), fourier=fourier)
    target.write_bytes(graph.SerializeToString())
    return target


@pytest.mark.skipif(not has_dot_product(), reason="kernels of this processor saturate")
def test_sound_is_the_same_to_the_last_bit(
    onnx: Any, kokoro_model: Path, kokoro: KokoroSynthesizer, shipped: np.ndarray, tmp_path: Path
) -> None:
    path = rewritten(onnx, kokoro_model, tmp_path / "exact.onnx", fourier=False)
    faster = sound(path, kokoro)
    assert faster.size <= shipped.size
    loud = np.abs(shipped).max()
    assert loud > 0.1
    # The last pad may be shorter, and what is normalised over time moves a little with it.
    if faster.size == shipped.size:
        assert np.array_equal(faster, shipped)
    assert likeness(faster, shipped) > 0.9999


@pytest.mark.skipif(not has_dot_product(), reason="kernels of this processor saturate")
def test_sound_is_nearly_the_same_with_the_convolution(
    onnx: Any, kokoro_model: Path, kokoro: KokoroSynthesizer, shipped: np.ndarray, tmp_path: Path
) -> None:
    path = rewritten(onnx, kokoro_model, tmp_path / "all.onnx", fourier=True)
    assert likeness(sound(path, kokoro), shipped) > 0.95


def test_fourier_transform_is_the_same(onnx: Any, tmp_path: Path) -> None:
    from rtwidgets.engines.kokoro_graph import _fourier

    helper, numbers = onnx.helper, onnx.numpy_helper
    window = np.hanning(21)[:20].astype(np.float32)
    constants = [
        numbers.from_array(np.array(5, np.int64), "hop"),
        numbers.from_array(window, "window"),
        numbers.from_array(np.array(20, np.int64), "size"),
    ]
    floats = onnx.TensorProto.FLOAT
    graph = helper.make_graph(
        [helper.make_node("STFT", ["x", "hop", "window", "size"], ["y"], onesided=1)],
        "fourier",
        [helper.make_tensor_value_info("x", floats, [1, None])],
        [helper.make_tensor_value_info("y", floats, [1, None, 11, 2])],
        constants,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=9)
    before, after = tmp_path / "before.onnx", tmp_path / "after.onnx"
    before.write_bytes(model.SerializeToString())
    assert _fourier(model.graph) == 1
    after.write_bytes(model.SerializeToString())
    x = np.random.default_rng(1).uniform(-1, 1, (1, 2400)).astype(np.float32)
    expected, found = (onnx_session(str(path)).run(None, {"x": x})[0] for path in (before, after))
    assert found.shape == expected.shape
    assert np.abs(found - expected).max() < 1e-5


def test_another_graph_is_refused(onnx: Any) -> None:
    helper = onnx.helper
    empty = helper.make_model(helper.make_graph([], "empty", [], []))
    with pytest.raises(EngineError, match="another one: no convolutions"):
        rewrite(empty)
