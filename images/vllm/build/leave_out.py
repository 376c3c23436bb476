"""Takes out of the installed wheels what the image does without, and what the base has already. README.md says why."""

import csv
import os
import shutil
import sys
from pathlib import Path

site = Path(sys.argv[1])
CUDA = Path("/usr/local/cuda/lib64")

# Whole distributions, with their metadata: an SBOM must not name what is not here.
DISTRIBUTIONS = ("nvidia_cutlass_dsl_libs_cu12", "pynvvideocodec")
PATHS = (
    "nccl/*/lib/cu12",
    "triton/backends/nvidia/lib/cupti",
    # Data files of PyNvVideoCodec, which pip puts beside the packages.
    "external",
    "bin/z3",
    # Has metadata of a package that is none.
    "pkg_resources/tests",
)
# Copies of libraries under names of their own, by which what is beside them asks for them.
COPIES = {
    "torchvision.libs/libcudart.*": "libcudart.so.13",
    "torchvision.libs/libnvjpeg.*": "libnvjpeg.so.13",
    "torchcodec.libs/libnvjpeg-*": "libnvjpeg.so.13",
}


def matches(pattern: str) -> list[Path]:
    """What a pattern means; a new version may have it no more, or elsewhere, and that has to be seen."""
    found = sorted(site.glob(pattern))
    if not found:
        sys.exit(f"leave_out.py: the wheels have no {pattern}: look where it is now, or remove the line.")
    return found


def remove(file: Path) -> None:
    """The file, and the folders that are empty without it."""
    file.unlink(missing_ok=True)
    for folder in file.parents:
        if folder == site or not folder.is_dir() or any(folder.iterdir()):
            return
        folder.rmdir()


for name in DISTRIBUTIONS:
    (metadata,) = matches(f"{name}-*.dist-info")
    with (metadata / "RECORD").open(newline="") as record:
        files = [row[0] for row in csv.reader(record)]
    for file in files:
        # Scripts and data files are recorded as outside of the packages, where pip would put them without --target.
        if not file.startswith(".."):
            remove(site / file)
    if metadata.exists():
        shutil.rmtree(metadata)
for pattern in PATHS:
    for path in matches(pattern):
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()
for pattern, library in COPIES.items():
    (copy,) = matches(pattern)
    copy.unlink()
    os.symlink(CUDA / library, copy)
