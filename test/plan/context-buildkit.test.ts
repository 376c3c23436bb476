import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { chmod, cp, mkdir, mkdtemp, readdir, readFile, realpath, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import fc from "fast-check";
import { contextSources } from "../../domain/plan/context-sources.js";
import { judge, mayKeepBelow, parseIgnore, type Verdict } from "../../domain/plan/ignore-rules.js";
import { ContextHasher } from "../../domain/plan/load-context.js";
import { application } from "../catalogue/fixtures.js";
import { useServices } from "../support/with-services.js";
import { project } from "./fixtures.js";

const run = promisify(execFile);

const FILES = [
  ".hidden/x",
  "a.txt",
  "b.txt",
  "docs/a.md",
  "docs/deep/b.md",
  "docs/deep/c.txt",
  "lib+(1)/x.c",
  "node_modules/m/index.js",
  "src/app.py",
  "src/pkg/mod.py",
  "src/pkg/data.bin",
  "with space/f",
];

interface Row {
  readonly dockerfile: string;
  readonly ignore?: string;
  /** Links by path, with their targets. */
  readonly links?: Readonly<Record<string, string>>;
  /** What the allow-list must keep out, to show that it is no empty promise. */
  readonly without?: readonly string[];
}

/** Every row is built by BuildKit with the generated allow-list and without it: the digests are equal. */
const rows: Record<string, Row> = {
  "a file": { dockerfile: "COPY a.txt /", without: ["b.txt"] },
  "a directory": { dockerfile: "COPY src /src/", without: ["a.txt", "docs/a.md"] },
  "a directory with a slash, a dot and a way back": { dockerfile: "COPY ./src/../docs/. /d", without: ["src/app.py"] },
  "several sources": { dockerfile: "COPY a.txt docs/deep /x/", without: ["docs/a.md"] },
  "the whole context": { dockerfile: "COPY . /all" },
  "the whole context from the root": { dockerfile: "COPY / /all" },
  "a wildcard": { dockerfile: "COPY *.txt /", without: ["docs/deep/c.txt", "src/app.py"] },
  "a wildcard that finds directories": { dockerfile: "COPY s* /x/", without: ["docs/a.md"] },
  "a wildcard in the middle": { dockerfile: "COPY src/*/mod.py /", without: ["src/pkg/data.bin"] },
  "a question mark": { dockerfile: "COPY ?.txt /", without: ["src/app.py"] },
  "a class": { dockerfile: "COPY src/[a-b]pp.py /", without: ["a.txt"] },
  "characters that mean something to a regular expression": { dockerfile: "COPY lib+(1)/ /l/", without: ["a.txt"] },
  "a space": { dockerfile: 'COPY ["with space", "/w/"]', without: ["a.txt"] },
  "a hidden directory": { dockerfile: "COPY .hidden /h", without: ["a.txt"] },
  "an argument": { dockerfile: "ARG D=src\nCOPY $D/app.py /" },
  "--parents": { dockerfile: "COPY --parents src/pkg/mod.py docs/./deep/*.md /p/", without: ["docs/a.md"] },
  "--parents with any depth": { dockerfile: "COPY --parents **/*.md /p/", without: ["src/app.py"] },
  "--exclude": { dockerfile: "COPY --exclude=*.bin src/pkg /p/", without: ["a.txt"] },
  "--link and --chmod": { dockerfile: "COPY --link --chmod=755 src/app.py /p/", without: ["a.txt"] },
  "a heredoc beside a file": { dockerfile: "COPY <<one a.txt /h/\nhello\none", without: ["b.txt"] },
  ADD: { dockerfile: "ADD src/pkg /p/", without: ["a.txt"] },
  "two stages": {
    dockerfile: "COPY a.txt /\nFROM scratch\nCOPY docs /d\nCOPY --from=0 /a.txt /",
    without: ["src/app.py"],
  },
  "a trigger of a stage": { dockerfile: "ONBUILD COPY a.txt /\nFROM one", without: ["b.txt"] },
  "a bind mount": {
    dockerfile:
      'COPY --from=rootfs / /\nRUN --mount=type=bind,source=src,target=/mnt ["/bin/cp", "/mnt/app.py", "/got"]',
    without: ["a.txt"],
  },
  "a bind mount of everything": {
    dockerfile: 'COPY --from=rootfs / /\nRUN --mount=target=/mnt ["/bin/cp", "-r", "/mnt/docs", "/got"]',
  },
  "the author's own lines": {
    dockerfile: "COPY . /all",
    ignore: "# no\n**/*.md\nnode_modules\n!docs/a.md\n",
  },
  "the author's own lines on top of a source": {
    dockerfile: "COPY docs src /x/",
    ignore: " docs/deep/ \n**/*.bin\n.\n",
    without: ["a.txt", "docs/deep/b.md", "src/pkg/data.bin"],
  },
  "the author's own lines about a directory above a source": {
    dockerfile: "COPY src/app.py src/*/mod.py docs/*/c.txt /x/",
    ignore: "src/pkg\nnode_modules\n",
    without: ["src/pkg/mod.py", "docs/a.md"],
  },
  "the author's own lines with exceptions": {
    dockerfile: "COPY docs/a.md doc*/deep /x/",
    ignore: "docs/deep/b.md\n!docs\n",
    without: ["docs/deep/b.md"],
  },
  "the author's own allow-list": { dockerfile: "COPY . /all", ignore: "*\n!src\nsrc/pkg/data.bin\n" },
  "a link that is named": { dockerfile: "COPY link /l", links: { link: "docs/a.md" }, without: ["a.txt"] },
  "a link on the way": { dockerfile: "COPY link/app.py /l", links: { link: "src" }, without: ["a.txt"] },
  "a link found by a wildcard": { dockerfile: "COPY lin* /l/", links: { link: "docs" }, without: ["a.txt"] },
  "a link to a link": { dockerfile: "COPY one /l", links: { one: "two", two: "src/pkg" }, without: ["a.txt"] },
  "a link inside a directory": {
    dockerfile: "COPY src /s/",
    links: { "src/link": "../docs/a.md" },
    without: ["a.txt"],
  },
  "a link from the root": { dockerfile: "COPY link/b.md /l/", links: { link: "/docs/deep" }, without: ["a.txt"] },
};

describe("the scope of a context, against BuildKit", () => {
  const services = useServices();
  let folder = "";

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "factory-context-"));
    for (const path of FILES) await put(join(folder, "files", path), `${path}\n`);
    await mkdir(join(folder, "files/empty"));
    await writeRootfs(join(folder, "rootfs"));
  });
  after(() => rm(folder, { recursive: true, force: true }));

  async function contextOf(name: string, { ignore, links = {} }: Row): Promise<string> {
    const context = join(folder, name.replaceAll(/\W+/g, "-"));
    await cp(join(folder, "files"), context, { recursive: true, preserveTimestamps: true });
    for (const [path, target] of Object.entries(links)) await symlink(target, join(context, path));
    if (ignore !== undefined) await writeFile(join(context, ".dockerignore"), ignore);
    return context;
  }

  async function build(context: string, dockerfile: string, output: string): Promise<void> {
    const buildctl = services().toolchain.program("buildctl");
    const args = [
      ...["--addr", services().buildkitHost, "build", "--frontend", "dockerfile.v0", "--progress", "plain"],
      ...["--local", `context=${context}`, "--local", `dockerfile=${dirname(dockerfile)}`],
      ...["--local", `rootfs=${join(folder, "rootfs")}`, "--opt", "context:rootfs=local:rootfs"],
      ...["--opt", "build-arg:SOURCE_DATE_EPOCH=0", "--metadata-file", `${context}.json`, "--output", output],
    ];
    try {
      await run(buildctl, args);
    } catch (error) {
      // On a busy machine buildctl gives up waiting for the last progress of a build that is done.
      if (!String(error).includes("context deadline exceeded")) throw error;
      await run(buildctl, args);
    }
  }

  async function digest(context: string, dockerfile: string): Promise<string> {
    await build(context, dockerfile, "type=image,oci-mediatypes=true,rewrite-timestamp=true");
    const metadata: unknown = JSON.parse(await readFile(`${context}.json`, "utf8"));
    const found = (metadata as Record<string, unknown>)["containerimage.digest"];
    assert.equal(typeof found, "string");
    return String(found);
  }

  for (const [what, row] of Object.entries(rows)) {
    it(`keeps ${what}`, async () => {
      const context = await contextOf(what, row);
      const text = `FROM scratch AS one\n${row.dockerfile}\n`;
      const whole = join(context, "..", "plain", "Dockerfile");
      await put(whole, text);
      const scoped = join(context, "..", "scoped", "Dockerfile");
      await put(scoped, text);
      const { ignore } = new ContextHasher().snapshot(context, sourcesOf(text), row.ignore ?? "");
      await put(`${scoped}.dockerignore`, ignore);

      const kept = await keptFiles(context, ignore);
      assert.deepEqual(
        (row.without ?? []).filter((path) => kept.includes(path)),
        [],
        "the allow-list keeps what it could leave out",
      );
      assert.equal(await digest(context, scoped), await digest(context, whole));
    });
  }

  it("reads ignore files as BuildKit does", async () => {
    const names = [
      "*",
      "**",
      "a.txt",
      "src",
      "docs",
      "deep",
      "pkg",
      "*.md",
      "?.txt",
      "lib+(1)",
      "[a-b].txt",
      "nothing",
    ];
    const lines = fc
      .record({
        keeps: fc.boolean(),
        segments: fc.array(fc.constantFrom(...names), { minLength: 1, maxLength: 3 }),
        prefix: fc.constantFrom("", "", "", "/", "./", "**"),
        suffix: fc.constantFrom("", "", "", "/", "/**"),
      })
      .map(({ keeps, segments, prefix, suffix }) => `${keeps ? "!" : ""}${prefix}${segments.join("/")}${suffix}`);
    const dockerfile = join(folder, "ignored", "Dockerfile");
    await put(dockerfile, "FROM scratch\nCOPY . /\n");
    const context = await contextOf("ignored context", {} as Row);
    await fc.assert(
      fc.asyncProperty(fc.array(lines, { minLength: 1, maxLength: 5 }), async (rules) => {
        const text = `${rules.join("\n")}\n`;
        await put(`${dockerfile}.dockerignore`, text);
        const out = await mkdtemp(join(folder, "out-"));
        await build(context, dockerfile, `type=local,dest=${out}`);
        assert.deepEqual(await keptFiles(context, text), await listFiles(out, ""));
        await rm(out, { recursive: true });
      }),
      { numRuns: 100 },
    );
  });
});

function sourcesOf(dockerfile: string) {
  // The parser would take the name of the test's local context for an image's.
  const { graph } = project([
    { folder: application("x"), dockerfile: dockerfile.replace("--from=rootfs", "--from=r:1") },
  ]);
  const [node] = graph.nodes;
  assert.ok(node);
  return contextSources(node, new Map());
}

/** The files that an ignore file keeps, found the way the loader finds them. */
async function keptFiles(context: string, ignore: string): Promise<readonly string[]> {
  const rules = parseIgnore(ignore);
  const walk = async (directory: string, parent: Verdict | undefined): Promise<string[]> => {
    const kept: string[] = [];
    for (const entry of await readdir(join(context, directory), { withFileTypes: true })) {
      const path = directory === "" ? entry.name : `${directory}/${entry.name}`;
      const verdict = judge(rules, path, parent);
      if (entry.isDirectory() && (!verdict.ignored || mayKeepBelow(rules, path)))
        kept.push(...(await walk(path, verdict)));
      else if (!entry.isDirectory() && !verdict.ignored) kept.push(path);
    }
    return kept.sort();
  };
  return walk("", undefined);
}

async function listFiles(root: string, directory: string): Promise<string[]> {
  const files: string[] = [];
  for (const entry of await readdir(join(root, directory), { withFileTypes: true })) {
    const path = directory === "" ? entry.name : `${directory}/${entry.name}`;
    if (entry.isDirectory()) files.push(...(await listFiles(root, path)));
    else files.push(path);
  }
  return files.sort();
}

async function put(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, text);
}

/** This machine's `cp` with the libraries that it needs, so that something can run without a base image. */
async function writeRootfs(root: string): Promise<void> {
  const { stdout } = await run("ldd", ["/bin/cp"]);
  const libraries = [...stdout.matchAll(/(\/\S+) \(0x/g)].map(([, path]) => path ?? "");
  for (const path of ["/bin/cp", ...libraries]) {
    await mkdir(join(root, dirname(path)), { recursive: true });
    await cp(await realpath(path), join(root, path));
    await chmod(join(root, path), 0o755);
  }
}
