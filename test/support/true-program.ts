/** The smallest program for linux/amd64 that a RUN can start in an image without anything else: it exits with 0. */
export function trueProgram(): Buffer {
  const base = 0x400000n;
  const headers = 64 + 56;
  // mov eax, 60 (exit); xor edi, edi; syscall
  const code = Buffer.from([0xb8, 60, 0, 0, 0, 0x31, 0xff, 0x0f, 0x05]);
  const file = Buffer.alloc(headers + code.length);
  // ELF header: 64 bit, little endian, version 1; executable, x86-64.
  file.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
  file.writeUInt16LE(2, 16);
  file.writeUInt16LE(62, 18);
  file.writeUInt32LE(1, 20);
  file.writeBigUInt64LE(base + BigInt(headers), 24);
  // The one program header stands behind the ELF header.
  file.writeBigUInt64LE(64n, 32);
  file.writeUInt16LE(64, 52);
  file.writeUInt16LE(56, 54);
  file.writeUInt16LE(1, 56);
  // A segment to load, readable and executable: the whole file.
  file.writeUInt32LE(1, 64);
  file.writeUInt32LE(5, 68);
  file.writeBigUInt64LE(base, 80);
  file.writeBigUInt64LE(base, 88);
  file.writeBigUInt64LE(BigInt(file.length), 96);
  file.writeBigUInt64LE(BigInt(file.length), 104);
  file.writeBigUInt64LE(0x1000n, 112);
  code.copy(file, headers);
  return file;
}
