"""The OCR models: rapidocr's wheel contains them, onnxruntime runs them. No other module knows them.

Each line is read at its own width, because padding a batch to one width costs more than it saves. It is narrowed first:
the recogniser needs about three of its steps per Chinese character, and the full width gives it five.
"""

from __future__ import annotations

import functools
import importlib.util
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import cv2
import numpy as np

from archive.files.page_prepare import Picture
from ssj_docs.ground.errors import MissingProgramError

try:
    import onnxruntime
except ImportError:  # pragma: no cover - optional backend
    onnxruntime = None

Box = tuple[float, float, float, float]

#: line height that the recogniser was trained on, and its step in pixels
_HEIGHT = 48
_STEP = 8
#: maximum side of the picture given to the detector
DETECTION_SIDE = 768


@dataclass(frozen=True)
class LineReading:
    """The text read in one line.

    Attributes:
        text: the characters; may be empty.
        confidence: mean probability of the characters, 0 to 1.
        centres: position of each character, as a share (0 to 1) of the line's width.
        sureness: the probability of each character.
    """

    text: str
    confidence: float
    centres: tuple[float, ...]
    sureness: tuple[float, ...]


class OcrEngine(Protocol):
    """What reading needs of an OCR engine; tests may provide their own."""

    def find_lines(self, grey: Picture) -> list[Box]:
        """Return boxes of lines of text in pixels of ``grey``, in no particular order."""
        ...

    def read_line(self, grey: Picture, *, narrow: float = 1.0) -> LineReading:
        """Read the picture of one line; ``narrow`` < 1 reduces its width first."""
        ...


class RapidOcrEngine:
    """The small PP-OCR models of rapidocr, with one thread each, loaded once per process.

    Raises:
        MissingProgramError: rapidocr or onnxruntime is not installed, or the models are missing.
    """

    def __init__(self, threads: int = 1) -> None:
        folder = _model_folder()
        self._recogniser = _session(_model(folder, "rec"), threads)
        self._detector = _session(_model(folder, "det"), threads)
        self._rec_input = self._recogniser.get_inputs()[0].name
        self._det_input = self._detector.get_inputs()[0].name
        known = self._recogniser.get_modelmeta().custom_metadata_map["character"].split("\n")
        self._characters = ["", *known, " "]

    def find_lines(self, grey: Picture) -> list[Box]:
        """Return the detector's areas, enlarged by the margin that its training removed."""
        scale = min(DETECTION_SIDE / max(grey.shape), 1.0)
        width, height = (max(round(side * scale / 32), 1) * 32 for side in (grey.shape[1], grey.shape[0]))
        small = cv2.resize(grey, (width, height), interpolation=cv2.INTER_AREA)
        tensor = np.repeat((small.astype(np.float32) / 127.5 - 1)[None, None], 3, axis=1)
        likely = self._detector.run(None, {self._det_input: tensor})[0][0, 0]
        count, _, stats, _ = cv2.connectedComponentsWithStats((likely > 0.3).astype(np.uint8))
        across, down = grey.shape[1] / width, grey.shape[0] / height
        boxes: list[Box] = []
        for x, y, wide, high, area in stats[1:count]:
            if area < 6 or area < 0.35 * wide * high or float(likely[y : y + high, x : x + wide].mean()) < 0.4:
                continue
            grow = wide * high * 0.8 / (wide + high)
            boxes.append(((x - grow) * across, (y - grow) * down, (x + wide + grow) * across, (y + high + grow) * down))
        return boxes

    def read_line(self, grey: Picture, *, narrow: float = 1.0) -> LineReading:
        """Read one line; the picture should hold the line with a small margin, on light paper."""
        height, width = grey.shape
        scaled = max(round(width * _HEIGHT / height * narrow), 24)
        padded = -(-scaled // _STEP) * _STEP
        kind = cv2.INTER_AREA if height > _HEIGHT else cv2.INTER_LINEAR
        line = cv2.resize(grey, (scaled, _HEIGHT), interpolation=kind)
        tensor = np.zeros((1, 3, _HEIGHT, padded), np.float32)
        tensor[:, :, :, :scaled] = line.astype(np.float32) / 127.5 - 1
        output = self._recogniser.run(None, {self._rec_input: tensor})[0][0]
        return self._decode(output, scaled)

    def _decode(self, output: Any, width: int) -> LineReading:
        """Decode CTC output: the best character of each step, repeats joined, blanks dropped."""
        best = output.argmax(axis=1)
        new = np.concatenate(([True], best[1:] != best[:-1])) & (best != 0)
        steps = np.nonzero(new)[0]
        if len(steps) == 0:
            return LineReading("", 0.0, (), ())
        sure = output[steps, best[steps]]
        centres = np.clip((steps + 0.5) * (padded_step(output.shape[0], width)), 0, 1)
        text = "".join(self._characters[index] for index in best[steps])
        return LineReading(text, float(sure.mean()), tuple(centres.tolist()), tuple(sure.tolist()))


def padded_step(steps: int, width: int) -> float:
    """The share of a line's ``width`` covered by one of the recogniser's ``steps``."""
    return (-(-width // _STEP) * _STEP) / steps / width


@functools.lru_cache(maxsize=1)
def ocr_engine() -> OcrEngine:
    """The engine of this process, loaded at first use. OMP_NUM_THREADS sets the number of threads (default 1)."""
    return RapidOcrEngine(int(os.environ.get("OMP_NUM_THREADS", "1") or 1))


def _model_folder() -> Path:
    found = importlib.util.find_spec("rapidocr")
    if onnxruntime is None or found is None or found.origin is None:
        raise MissingProgramError(
            "缺少文字识别组件（rapidocr、onnxruntime），扫描页无法识别文字。",
            "请执行 pip install rapidocr onnxruntime 后重试；归档不受影响，页面已在识别队列中。",
        )
    return Path(found.origin).parent / "models"


def _model(folder: Path, task: str) -> Path:
    models = sorted(folder.glob(f"*_{task}_*.onnx"))
    if not models:
        raise MissingProgramError(f"文字识别模型不见了：{folder}", "请重新安装 rapidocr。")
    return models[-1]


def _session(model: Path, threads: int) -> Any:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.enable_mem_pattern = False  # lines have different widths
    options.log_severity_level = 4
    return onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])
