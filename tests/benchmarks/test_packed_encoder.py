"""A packed encoder becomes a folder that says what the network and the vocabulary in the file say."""

from __future__ import annotations

import math
import struct
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from tokenizers import Tokenizer
from torch import Tensor, nn

from benchmarks.packed_encoder import main, written
from kiloglot.errors import DataError
from kiloglot.training import Encoder

PIECES = {"<s>": 0.0, "<pad>": 0.0, "</s>": 0.0, "<unk>": 0.0, "▁": -3.0, "▁la": -2.0, "mp": -2.5, "▁lam": -4.0}
PIECES |= {"p": -3.0, "l": -6.0, "a": -6.0, "m": -6.0, "é": -4.0, "s": -3.0, "<mask>": 0.0}
READ_AS = {"ｐ": "p", "\u200d": " ", "\x07": "", "\u00a0": " "}
WIDTH, LAYERS, HEADS, INNER, TOKENS, POSITIONS = 32, 2, 4, 64, 16, 12

Tensors = dict[str, tuple[NDArray[np.float32], bytes]]


def coarse(rng: np.random.Generator, *sizes: int) -> tuple[NDArray[np.float32], bytes]:
    """Numbers in 4 bits, as Q4_0 of llama.cpp stores 32 of them: the scale, then bytes of two that lie 16 apart."""
    codes = rng.integers(0, 16, size=(math.prod(sizes) // 32, 32))
    scales = rng.uniform(0.005, 0.05, size=len(codes)).astype(np.float16)
    stored = b"".join(
        struct.pack("<e16B", scale, *(low + 16 * high for low, high in zip(row[:16], row[16:], strict=True)))
        for scale, row in zip(scales.tolist(), codes.tolist(), strict=True)
    )
    return ((codes - 8) * scales.astype(np.float32)[:, None]).astype(np.float32).reshape(sizes), stored


def tensors() -> Tensors:
    rng = np.random.default_rng(0)

    def fine(size: int) -> tuple[NDArray[np.float32], bytes]:
        numbers = rng.normal(size=size).astype(np.float32)
        return numbers, numbers.tobytes()

    found = {"emb.word": coarse(rng, TOKENS, WIDTH), "emb.pos": fine(POSITIONS * WIDTH), "emb.type": fine(2 * WIDTH)}
    names = ["emb.ln"]
    for at in (f"l{layer}" for layer in range(LAYERS)):
        names += [f"{at}.aln", f"{at}.oln"]
        linear = {"q": (WIDTH, WIDTH), "k": (WIDTH, WIDTH), "v": (WIDTH, WIDTH), "ao": (WIDTH, WIDTH)}
        for name, (out, wide) in {**linear, "fi": (INNER, WIDTH), "fo": (WIDTH, INNER)}.items():
            found |= {f"{at}.{name}.w": coarse(rng, out, wide), f"{at}.{name}.b": fine(out)}
    return found | {f"{name}.{part}": fine(WIDTH) for name in names for part in "wb"}


def packed(folder: Path, given: Tensors) -> Path:
    pieces = [piece.encode() for piece in PIECES]
    edges = np.cumsum([0, *map(len, pieces)]).tolist()
    head = b"E5S1" + struct.pack("<I7ifi", 1, WIDTH, LAYERS, HEADS, INNER, TOKENS, POSITIONS, 2, 1e-12, 32)
    head += struct.pack("<5iQ", len(pieces), 0, 2, 1, 3, edges[-1]) + struct.pack(f"<{len(edges)}I", *edges)
    head += struct.pack(f"<{len(pieces)}f", *PIECES.values()) + b"".join(pieces)
    read_as = [struct.pack(f"<IB{len(told)}I", ord(one), len(told), *map(ord, told)) for one, told in READ_AS.items()]
    head += struct.pack("<iI", len(read_as), sum(map(len, read_as))) + b"".join(read_as)
    head += struct.pack("<i", len(given))
    at = len(head) + sum(23 + len(name) for name in given)
    for name, (numbers, stored) in given.items():
        head += struct.pack("<H", len(name)) + name.encode()
        head += struct.pack("<BIQQ", len(stored) < 4 * numbers.size, numbers.size, at, len(stored))
        at += len(stored)
    path = folder / "tiny-q4.bin"
    path.write_bytes(head + b"".join(stored for _, stored in given.values()))
    return path


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return packed(tmp_path_factory.mktemp("packed"), tensors())


@pytest.fixture(scope="module")
def folder(file: Path) -> Path:
    out = file.parent / "encoder"
    written(file, out)
    return out


def states(ids: list[int]) -> Tensor:
    """[tokens, width] what torch's own layers make of tokens."""
    given = {name: torch.from_numpy(numbers) for name, (numbers, _) in tensors().items()}
    placed = given["emb.pos"].view(POSITIONS, WIDTH)[: len(ids)] + given["emb.type"][:WIDTH]
    norm = given["emb.ln.w"], given["emb.ln.b"]
    state = nn.functional.layer_norm(given["emb.word"][ids] + placed, (WIDTH,), *norm, eps=1e-12)[None]
    parts = {"self_attn.out_proj": "ao", "linear1": "fi", "linear2": "fo", "norm1": "aln", "norm2": "oln"}
    for at in (f"l{layer}" for layer in range(LAYERS)):
        layer = nn.TransformerEncoderLayer(WIDTH, HEADS, INNER, 0.0, "gelu", 1e-12, batch_first=True)
        own = {
            f"{name}.{kind}": given[f"{at}.{p}.{kind[0]}"] for name, p in parts.items() for kind in ("weight", "bias")
        }
        for kind in ("weight", "bias"):
            own[f"self_attn.in_proj_{kind}"] = torch.cat([given[f"{at}.{part}.{kind[0]}"] for part in "qkv"])
        layer.load_state_dict(own)
        state = layer(state)
    return state[0].detach()


def test_words_mean_what_torch_says_however_many_are_read_at_once(folder: Path) -> None:
    words = ["lamp", "é", "lamps", "lampslamps"]
    ids = [[0, 5, 6, 2], [0, 4, 12, 2], [0, 5, 6, 13, 2], [0, 5, 6, 13, 9, 10, 6, 13, 2]]
    found = Encoder(folder).encode(words)
    for own, vector in zip(ids, found, strict=True):
        assert vector == pytest.approx(states(own).mean(dim=0).numpy(), abs=1e-4)


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("lamp", ["▁la", "mp"]),  # -4.5, and "▁lam" "p" -7
        ("lamps lamp", ["▁la", "mp", "s", "▁la", "mp"]),
        ("lamｐ", ["▁la", "mp"]),
        ("la\x07mp \u200d\u00a0é", ["▁la", "mp", "▁", "é"]),
        ("e\u0301", ["▁", "é"]),
        ("la灯", ["▁la", "<unk>"]),
    ],
)
def test_a_text_is_split_into_its_most_probable_pieces(folder: Path, text: str, pieces: list[str]) -> None:
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    names = list(PIECES)
    assert [names[place] for place in tokenizer.encode(text).ids] == ["<s>", *pieces, "</s>"]


def cut(content: bytes) -> bytes:
    return content[:600]


def another(content: bytes) -> bytes:
    return b"GGUF" + content[4:]


def smaller(content: bytes) -> bytes:
    return content.replace(
        struct.pack("<4i", WIDTH, LAYERS, HEADS, INNER), struct.pack("<4i", WIDTH, LAYERS, HEADS, 32)
    )


def deeper(content: bytes) -> bytes:
    return content.replace(struct.pack("<2i", WIDTH, LAYERS), struct.pack("<2i", WIDTH, LAYERS + 1))


def headless(content: bytes) -> bytes:
    return content[:-8]


@pytest.mark.parametrize(
    ("damage", "what"),
    [
        (cut, "are missing"),
        (another, "no packed encoder"),
        (smaller, r"tensor l0.fi.w of \(32, 32\) has 2048 numbers"),
        (deeper, r"tensor l2.q.w of \(32, 32\) is not there"),
        (headless, r"tensor \S+ has 120 bytes"),
    ],
)
def test_another_file_is_refused(file: Path, tmp_path: Path, damage: Callable[[bytes], bytes], what: str) -> None:
    broken = tmp_path / "broken.bin"
    broken.write_bytes(damage(file.read_bytes()))
    with pytest.raises(DataError, match=what):
        written(broken, tmp_path / "encoder")
    assert [path.name for path in tmp_path.iterdir()] == ["broken.bin"]


def test_the_command_leaves_what_is_there(file: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["packed_encoder", str(file), "--out", str(file.parent / "other")])
    assert main() == 0
    assert sorted(path.name for path in (file.parent / "other").iterdir()) == ["model.onnx", "tokenizer.json"]
    monkeypatch.setattr(sys, "argv", ["packed_encoder", str(file), "--out", str(folder)])
    with pytest.raises(DataError):
        main()
