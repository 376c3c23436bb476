import assert from "node:assert/strict";
import { imageEntries } from "../../provider/pool/debian-files.js";
import type { TarEntry } from "../../provider/pool/tar-entry.js";
import { dir, file, link } from "../support/debian-package.js";

/** `path`, with ` -> target` for links and `/` for folders, as the image has them. */
function listed(entries: readonly TarEntry[]): readonly string[] {
  return imageEntries(entries).map(({ path, type, linkTarget }) => {
    if (type === "directory") return `${path}/`;
    return linkTarget === undefined ? path : `${path} -> ${linkTarget}`;
  });
}

const rows: readonly (readonly [name: string, entries: readonly TarEntry[], image: readonly string[]])[] = [
  ["keeps programs and adds the folders they need", [file("usr/bin/tool", "x")], ["usr/", "usr/bin/", "usr/bin/tool"]],
  [
    "leaves documentation out, and keeps the licence",
    [
      dir("usr/share/doc/tool"),
      file("usr/share/doc/tool/copyright", "c"),
      file("usr/share/doc/tool/changelog.gz", "c"),
      file("usr/share/man/man1/tool.1.gz", "m"),
      file("usr/share/locale/de/LC_MESSAGES/tool.mo", "l"),
      file("usr/share/lintian/overrides/tool", "o"),
    ],
    ["usr/", "usr/share/", "usr/share/doc/", "usr/share/doc/tool/", "usr/share/doc/tool/copyright"],
  ],
  [
    "keeps a link to the folder with another package's licence",
    [link("symlink", "usr/share/doc/tool", "tool-base")],
    ["usr/", "usr/share/", "usr/share/doc/", "usr/share/doc/tool -> tool-base"],
  ],
  [
    "moves what a package has outside /usr to where a merged system has it",
    [dir("lib"), file("lib/x.so", "x"), file("bin/tool", "x"), link("hardlink", "sbin/tool2", "bin/tool")],
    ["usr/", "usr/lib/", "usr/lib/x.so", "usr/bin/", "usr/bin/tool", "usr/sbin/", "usr/sbin/tool2 -> usr/bin/tool"],
  ],
  [
    "leaves the links of base-files as they are",
    [link("symlink", "bin", "usr/bin"), link("symlink", "lib64", "usr/lib64")],
    ["bin -> usr/bin", "lib64 -> usr/lib64"],
  ],
  [
    "makes the first link to a file that is left out the file",
    [
      file("usr/share/doc/tool/README", "x"),
      link("hardlink", "usr/lib/readme", "usr/share/doc/tool/README"),
      link("hardlink", "usr/lib/readme2", "usr/share/doc/tool/README"),
    ],
    ["usr/", "usr/lib/", "usr/lib/readme", "usr/lib/readme2 -> usr/lib/readme"],
  ],
];

describe("imageEntries", () => {
  for (const [name, entries, image] of rows) {
    it(name, () => assert.deepEqual([...listed(entries)].sort(), [...image].sort()));
  }

  it("puts every folder before what it holds", () => {
    for (const [, entries] of rows) {
      const paths = imageEntries(entries).map(({ path }) => path);
      for (const [index, path] of paths.entries()) {
        const parent = path.slice(0, Math.max(0, path.lastIndexOf("/")));
        if (parent !== "") assert.ok(paths.slice(0, index).includes(parent), `${parent} before ${path}`);
      }
      assert.equal(new Set(paths).size, paths.length);
    }
  });

  it("keeps mode and time of the folders that the package has", () => {
    const [tmp] = imageEntries([dir("tmp", 0o1777)]);
    assert.deepEqual([tmp?.path, tmp?.mode, tmp?.mtime], ["tmp", 0o1777, 1_700_000_000]);
  });

  it("refuses a hard link to nothing", () => {
    assert.throws(
      () => imageEntries([link("hardlink", "usr/a", "usr/b")]),
      /"usr\/a" leads to "usr\/b", which is not in/,
    );
  });
});
