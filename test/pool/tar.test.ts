import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import fc from "fast-check";
import tar from "tar-stream";
import { readTar } from "../../provider/pool/tar.js";
import { dir, file, link, tarOf } from "../support/debian-package.js";

describe("tar", () => {
  it("gives back what was written: long names, links, modes, other letters", async () => {
    const long = `${"folder-with-a-long-name/".repeat(12)}file`;
    const entries = [
      dir("tmp", 0o1777),
      file("usr/bin/tool", "#!", 0o4755),
      file(long, "long"),
      file("usr/share/ca-certificates/mozilla/Főtanúsítvány.crt", "umlauts"),
      link("hardlink", "usr/bin/other", "usr/bin/tool"),
      link("symlink", "usr/lib64/ld.so", "../lib/ld.so"),
      link("symlink", "far", "x/".repeat(80)),
      file("empty", ""),
    ];
    assert.deepEqual(await readTar(await tarOf(entries)), entries);
  });

  it("writes the same bytes for any entries, twice", async () => {
    const name = fc.stringMatching(/^[a-z]{1,120}(\/[a-z0-9._+-]{1,90}x){0,3}$/);
    const entry = fc
      .tuple(name, fc.string(), fc.integer({ min: 1, max: 0o7777 }))
      .map(([at, text, mode]) => file(at, text, mode));
    await fc.assert(
      fc.asyncProperty(fc.array(entry, { maxLength: 8 }), async (entries) => {
        const bytes = await tarOf(entries);
        assert.deepEqual(await tarOf(entries), bytes);
        assert.deepEqual(await readTar(bytes), entries);
      }),
    );
  });

  it("streams a large file from the disk", async () => {
    const folder = await mkdtemp(path.join(tmpdir(), "factory-tar-"));
    try {
      const bytes = Buffer.alloc(3_000_001, "abc");
      await writeFile(path.join(folder, "large"), bytes);
      const streamed = { ...file("large", ""), content: { file: path.join(folder, "large"), size: bytes.length } };
      assert.deepEqual(
        await tarOf([streamed, dir("after")]),
        await tarOf([{ ...streamed, content: bytes }, dir("after")]),
      );
      const wrong = { ...streamed, content: { file: path.join(folder, "large"), size: 5 } };
      await assert.rejects(tarOf([wrong]), /Size mismatch/);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it("leaves the root itself out and normalises paths", async () => {
    const read = await readTar(await rawTar([{ name: "./" }, { name: "./usr//bin/" }]));
    assert.deepEqual(
      read.map((entry) => entry.path),
      ["usr/bin"],
    );
  });

  const refused: readonly (readonly [name: string, header: Partial<tar.Header>, error: RegExp])[] = [
    ["a path that leaves the archive", { name: "usr/../../etc/passwd", type: "file" }, /leads out of the archive/],
    ["a hard link that leaves the archive", { name: "a", type: "link", linkname: "../b" }, /leads out of the archive/],
    ["a device", { name: "dev/null", type: "character-device" }, /is a character-device/],
    ["a pipe", { name: "run/pipe", type: "fifo" }, /is a fifo/],
  ];
  for (const [name, header, error] of refused) {
    it(`refuses ${name}`, async () => {
      await assert.rejects(readTar(await rawTar([header])), error);
    });
  }

  it("refuses an archive that is cut off", async () => {
    const whole = await tarOf([file("a", "x".repeat(2000))]);
    await assert.rejects(readTar(whole.subarray(0, 1500)), /Unexpected end of data/);
  });
});

async function rawTar(headers: readonly Partial<tar.Header>[]): Promise<Buffer> {
  const pack = tar.pack();
  for (const header of headers) pack.entry({ name: "", type: "directory", ...header }, "");
  pack.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of pack) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
