"""A changed model folder is refused: 2,000 mutations of each file, and 29 attacks.

Mutations flip bits, replace, delete, insert and repeat bytes, cut the file, blank a stretch. Each
must be refused with the package's own error, before XGBoost sees a byte, within five seconds.

The attacks are boosters that are well-formed JSON and mean harm, with checksums made to match; they
run in a process of their own, which must end without a signal and without an estimate.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from _proof import Tally, leave, share_asked, some
from _scoring import MODEL
from predict.errors import ModelError
from predict.model_folder import load_model
from predict.model_folder.manifest import MANIFEST, manifest_bytes, read_manifest

MUTATIONS, LONGEST = 2_000, 5.0
sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "models"))


def main(share: float = 1.0) -> int:
    """Run a share of the mutations, and all attacks."""
    tally = Tally()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "model"
        shutil.copytree(MODEL, folder)
        for path in sorted(folder.iterdir()):
            refused, asked, longest = mutated(folder, path, some(MUTATIONS, share))
            words = f"{path.name}: {refused} of {asked} mutations refused, longest {longest:.2f} s"
            tally.state(words, refused == asked and longest < LONGEST)
        for words, kept in attacked(folder):
            tally.state(words, kept)
    return tally.end()


def mutated(folder: Path, path: Path, count: int) -> tuple[int, int, float]:
    """Return how many mutations of a file were refused, how many there were, the longest time."""
    data, random = path.read_bytes(), np.random.default_rng(len(path.name))
    refused, longest = 0, 0.0
    for _ in range(count):
        changed = data
        while changed == data:
            changed = mutation(data, random)
        path.write_bytes(changed)
        began = time.monotonic()
        try:
            load_model(folder)
        except ModelError:
            refused += 1
        longest = max(longest, time.monotonic() - began)
    path.write_bytes(data)
    return refused, count, longest


def mutation(data: bytes, random: np.random.Generator) -> bytes:
    """Return the bytes with one thing changed."""
    place = int(random.integers(0, len(data)))
    size = int(random.integers(1, 65))
    kind = int(random.integers(0, 7))
    if kind == 0:
        flipped = data[place] ^ (1 << int(random.integers(0, 8)))
        return data[:place] + bytes([flipped]) + data[place + 1 :]
    made = {
        1: lambda: bytes([int(random.integers(0, 256))]) + data[place + 1 :],
        2: lambda: b"",
        3: lambda: b"\0" * min(size, len(data) - place) + data[place + size :],
        4: lambda: data[place + size :],
        5: lambda: data[max(place - size, 0) : place] + data[place:],
        6: lambda: random.bytes(size) + data[place:],
    }[kind]
    return data[:place] + made()


def attacked(folder: Path) -> list[tuple[str, bool]]:
    """Return each attack in words and whether it was refused without a crash."""
    from hostile_boosters import HARMS

    found = []
    for name, harm in HARMS.items():
        resigned(folder, harm)
        began = time.monotonic()
        status = in_a_process(folder)
        calm = status == 5 and time.monotonic() - began < LONGEST
        found.append((f"attack '{name}': status {status}", calm))
        shutil.rmtree(folder)
        shutil.copytree(MODEL, folder)
    return found


def resigned(folder: Path, harm: Callable[[dict[str, object]], object]) -> None:
    """Harm the booster and write checksums that match."""
    booster = json.loads((folder / "booster.json").read_bytes())
    harm(booster)
    (folder / "booster.json").write_text(json.dumps(booster))
    manifest = read_manifest((folder / MANIFEST).read_bytes())
    files = {name: (folder / name).read_bytes() for name in manifest.pop("files")}
    (folder / MANIFEST).write_bytes(manifest_bytes(manifest, files))


def in_a_process(folder: Path) -> int:
    """Return how a process that loads the model ends: 5 when refused, below 0 on a crash."""
    child = os.fork()
    if child == 0:
        try:
            load_model(folder)
            os._exit(0)
        except ModelError:
            os._exit(5)
        except BaseException:
            os._exit(1)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


if __name__ == "__main__":
    leave(main(share_asked(__doc__)))
