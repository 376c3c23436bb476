"""Links below /links/runtime and /links/devel: from where torch looks, in its own packages, to where CUDA lies."""

import os
from pathlib import Path

CUDA = "/usr/local/cuda-13.0"
PACKAGES = "usr/local/lib/python3.13/dist-packages/nvidia"
LIBRARIES = (
    *("cublas", "cublasLt", "cudart", "cudnn", "cufft", "cufile", "cupti", "curand", "cusolver", "cusparse", "cusparseLt"),
    *("nccl", "nvJitLink", "nvjpeg", "nvrtc", "nvshmem_host", "nvtx3interop", "nvvm"),
)


def link(image: str, path: str, target: str) -> None:
    file = Path("/links", image, path)
    file.parent.mkdir(parents=True, exist_ok=True)
    os.symlink(target, file)


link("runtime", "usr/local/cuda", "cuda-13.0")
link("runtime", f"{CUDA[1:]}/lib", "lib64")
link("runtime", f"{PACKAGES}/cu13", CUDA)
for part in ("cudnn", "cusparselt", "nccl", "nvshmem"):
    link("runtime", f"{PACKAGES}/{part}/lib", f"{CUDA}/lib64")
    link("devel", f"{PACKAGES}/{part}/include", f"{CUDA}/include")

# The names that a linker looks for: libcublas.so for -lcublas.
for name in LIBRARIES:
    (library,) = Path("/site/nvidia").glob(f"*/lib/lib{name}.so.*")
    link("devel", f"{CUDA[1:]}/lib64/lib{name}.so", library.name)
# Debian's own link to it is made by a maintainer script.
link("devel", "usr/bin/cc", "gcc")
