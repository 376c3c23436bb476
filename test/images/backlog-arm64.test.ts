import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

const script = "bases/devtools/build/backlog_arm64.py";
const trailer = "\n---- Bun! ----\n";

/** What the section `.bun` of a compiled program holds. */
function section(program: string): Buffer {
  const length = Buffer.alloc(8);
  const bytes = Buffer.from(program + trailer);
  length.writeBigUInt64LE(BigInt(bytes.length));
  return Buffer.concat([length, bytes]);
}

const ADDRESS = 0x10000;
const ZEROES = 5000;

/** A small ELF file with one segment, in which the section `.bun` is, and whose end in memory is zero. */
function elf(says: string, bun: Buffer): Buffer {
  const names = Buffer.from("\0.bun\0.names\0");
  const loaded = Buffer.concat([Buffer.alloc(120), bun, Buffer.from(`\0${says}\0`)]);
  const sections = [
    { name: 0, kind: 0, address: 0, offset: 0, size: 0 },
    { name: 1, kind: 1, address: ADDRESS + 120, offset: 120, size: bun.length },
    { name: 6, kind: 3, address: 0, offset: loaded.length, size: names.length },
  ];
  const table = Buffer.concat(
    sections.map(({ name, kind, address, offset, size }) => {
      const header = Buffer.alloc(64);
      header.writeUInt32LE(name, 0);
      header.writeUInt32LE(kind, 4);
      for (const [at, value] of [
        [16, address],
        [24, offset],
        [32, size],
      ] as const)
        header.writeBigUInt64LE(BigInt(value), at);
      return header;
    }),
  );
  const file = Buffer.concat([loaded, names, table]);
  file.write("\x7fELF\x02\x01", 0, "latin1");
  file.writeBigUInt64LE(64n, 32);
  file.writeBigUInt64LE(BigInt(loaded.length + names.length), 40);
  for (const [index, value] of [56, 1, 64, 3, 2].entries()) file.writeUInt16LE(value, 54 + 2 * index);
  file.writeUInt32LE(1, 64);
  for (const [at, value] of [
    [72, 0],
    [80, ADDRESS],
    [96, loaded.length],
    [104, loaded.length + ZEROES],
  ] as const)
    file.writeBigUInt64LE(BigInt(value), at);
  return file;
}

describe("backlog for arm64", () => {
  let root = "";
  beforeEach(() => {
    root = mkdtempSync(path.join(tmpdir(), "backlog-"));
    mkdirSync(path.join(root, "x64"));
    writeFileSync(path.join(root, "x64/LICENSE"), "MIT");
    writeFileSync(path.join(root, "x64/package.json"), '{ "name": "backlog.md-linux-x64", "cpu": ["x64"] }');
  });
  afterEach(() => rmSync(root, { recursive: true }));

  function make(donor: Buffer, bun: Buffer) {
    writeFileSync(path.join(root, "x64/backlog"), donor);
    writeFileSync(path.join(root, "bun"), bun);
    const paths = ["x64", "bun", "arm64"].map((name) => path.join(root, name));
    return spawnSync("python3", ["-B", script, ...paths], { encoding: "utf8" });
  }

  it("is the program of the x64 one behind the other Bun, which finds it by the section .bun", () => {
    const bun = elf("Bun v1.3.14 (0d9b296a) Linux arm64", Buffer.alloc(16));
    const { status, stderr } = make(elf("Bun v1.3.14 (0d9b296a) Linux x64", section("say('hello')")), bun);
    assert.equal(status, 0, stderr);
    assert.match(
      readFileSync(path.join(root, "arm64/package.json"), "utf8"),
      /"backlog\.md-linux-arm64", "cpu": \["arm64"\]/,
    );
    const made = readFileSync(path.join(root, "arm64/backlog"));
    assert.equal(statSync(path.join(root, "arm64/backlog")).mode & 0o777, 0o755);
    const address = Number(made.readBigUInt64LE(120));
    assert.equal(address % 4096, 0);
    // The segment is as long in the file as in memory, and the program is where the address leads.
    assert.equal(made.readBigUInt64LE(96), made.readBigUInt64LE(104));
    const program = section("say('hello')");
    assert.deepEqual(made.subarray(address - ADDRESS, address - ADDRESS + program.length), program);
    assert.ok(Number(made.readBigUInt64LE(96)) >= address - ADDRESS + program.length);
    const header = Number(made.readBigUInt64LE(40)) + 64;
    assert.deepEqual(
      [16, 24, 32].map((at) => Number(made.readBigUInt64LE(header + at))),
      [address, address - ADDRESS, program.length],
    );
  });

  for (const [what, donor, message] of [
    [
      "another revision of Bun",
      elf("Bun v1.4.0 (12345678)", section("x")),
      /compiled with Bun 1\.4\.0 \(12345678\); this is Bun 1\.3\.14/,
    ],
    ["no program", elf("Bun v1.3.14 (0d9b296a)", Buffer.alloc(16)), /the section \.bun holds no program/],
    ["no executable", Buffer.from("#!/bin/sh Bun v1.3.14 (0d9b296a)".padEnd(80)), /no 64-bit ELF file/],
  ] as const) {
    it(`is not made of ${what}`, () => {
      const { status, stderr } = make(donor, elf("Bun v1.3.14 (0d9b296a)", Buffer.alloc(16)));
      assert.equal(status, 1);
      assert.match(stderr, message);
    });
  }
});
