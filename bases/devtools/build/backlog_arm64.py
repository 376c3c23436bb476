"""Makes the npm package `backlog.md-linux-arm64`, which the registry lacks, of the one for x64 and the arm64 Bun.

Both are what `bun build --compile` makes: a copy of Bun with the program (JavaScript and assets, the same for every platform)
behind it. The last segment that is loaded grows over what is zero in memory, and the section `.bun` says where the program
is. Put on the x64 Bun, the program gives the published x64 executable byte for byte.

Usage: backlog_arm64.py X64-PACKAGE ARM64-BUN OUTPUT
"""

import re
import shutil
import struct
import sys
from pathlib import Path

TRAILER = b"\n---- Bun! ----\n"
PAGE = 4096
LOAD = 1
NO_BITS = 8


class Elf:
    """What has to be known of a 64-bit ELF file in little-endian order."""

    def __init__(self, data: bytes) -> None:
        if data[:6] != b"\x7fELF\x02\x01":
            raise ValueError("no 64-bit ELF file in little-endian order")
        self.data = data
        self.segments_at, self.sections_at = struct.unpack_from("<QQ", data, 32)
        size, count, section_size, sections, names = struct.unpack_from("<5H", data, 54)
        self.segments = [self.segments_at + i * size for i in range(count)]
        self.sections = [self.sections_at + i * section_size for i in range(sections)]
        self.names = struct.unpack_from("<Q", data, self.sections[names] + 24)[0]

    def section(self, name: bytes) -> int:
        """Where the header of a section is in the file."""
        for at in self.sections:
            start = self.names + struct.unpack_from("<I", self.data, at)[0]
            if self.data[start : self.data.index(b"\0", start)] == name:
                return at
        raise ValueError(f"no section {name.decode()}: its Bun is not of the kind that programs are put on")

    def last_loaded(self) -> int:
        """Where the header of the last segment that is loaded is in the file."""
        return [at for at in self.segments if struct.unpack_from("<I", self.data, at)[0] == LOAD][-1]


def program_of(donor: bytes) -> bytes:
    """Its length in 8 bytes and the program, as they stand in the section `.bun`."""
    elf = Elf(donor)
    start, size = struct.unpack_from("<QQ", donor, elf.section(b".bun") + 24)
    program = donor[start : start + size]
    if not program.endswith(TRAILER) or struct.unpack_from("<Q", program)[0] != size - 8:
        raise ValueError("the section .bun holds no program")
    return program


def whole_pages(size: int) -> int:
    return -(-size // PAGE) * PAGE


def revision_of(executable: bytes) -> str:
    found = re.search(rb"Bun v(\d+\.\d+\.\d+ \([0-9a-f]+\))", executable)
    if found is None:
        raise ValueError("it does not say of which Bun it is")
    return found[1].decode()


def transplant(donor: bytes, bun: bytes) -> bytes:
    """The program of an executable on another Bun.

    Raises ValueError where the two are not of the same revision, or not built as described above.
    """
    wanted, given = revision_of(donor), revision_of(bun)
    if wanted != given:
        raise ValueError(f"the program was compiled with Bun {wanted}; this is Bun {given}: change it in packages.yaml")
    program, elf = program_of(donor), Elf(bun)
    segment, section = elf.last_loaded(), elf.section(b".bun")
    offset, address, _, file_size, memory_size = struct.unpack_from("<5Q", bun, segment + 8)
    loaded_end = offset + file_size
    new_address = whole_pages(address + memory_size)
    new_offset = offset + new_address - address
    pointer = struct.unpack_from("<Q", bun, section + 24)[0]
    end = whole_pages(new_offset + len(program))
    moved = end - loaded_end

    out = bytearray(bun[:loaded_end])
    out += bytes(new_offset - loaded_end) + program
    out += bytes(end - len(out)) + bun[loaded_end:]
    struct.pack_into("<Q", out, 40, elf.sections_at + moved)
    struct.pack_into("<QQ", out, segment + 32, end - offset, end - offset)
    struct.pack_into("<Q", out, pointer, new_address)
    for at in elf.sections:
        kind, start = struct.unpack_from("<I", bun, at + 4)[0], struct.unpack_from("<Q", bun, at + 24)[0]
        if start >= loaded_end and kind != NO_BITS:
            struct.pack_into("<Q", out, at + moved + 24, start + moved)
    struct.pack_into("<3Q", out, section + moved + 16, new_address, new_offset, len(program))
    return bytes(out)


def make_package(source: Path, bun: Path, output: Path) -> None:
    output.mkdir(parents=True)
    shutil.copy(source / "LICENSE", output)
    manifest = (source / "package.json").read_text()
    (output / "package.json").write_text(manifest.replace("x64", "arm64"))
    program = output / "backlog"
    program.write_bytes(transplant((source / "backlog").read_bytes(), bun.read_bytes()))
    program.chmod(0o755)


if __name__ == "__main__":
    make_package(*(Path(argument) for argument in sys.argv[1:]))
