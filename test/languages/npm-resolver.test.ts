import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { npmResolver } from "../../cli/lock/npm-resolver.js";
import type { ResolveContext } from "../../cli/lock/resolver.js";
import type { NpmPayload, PackagesRequest } from "../../domain/lock/types.js";
import { parseYaml } from "../../domain/yaml/parse.js";
import { npmKind } from "../../provider/pool/npm-kind.js";
import { PayloadCache } from "../../provider/pool/payload-cache.js";
import { PayloadGoneError } from "../../provider/pool/payload-kind.js";
import type { TarEntry } from "../../provider/pool/tar-entry.js";
import { setEnvironment } from "./environment.js";
import { type NpmRegistry, startNpmRegistry } from "./npm-registry.js";

const run = promisify(execFile);
const omitAddresses = ["install", "--package-lock-only", "--omit-lockfile-registry-resolved"];

describe("npm packages, with the real npm", () => {
  let root = "";
  let registry: NpmRegistry;
  let restoreEnvironment: () => void;
  let locked: Awaited<ReturnType<typeof resolve>>;

  before(async () => {
    root = await mkdtemp(path.join(tmpdir(), "factory-npm-"));
    const native = (cpu: string) => ({
      name: `@s/native-${cpu}`,
      version: "1.0.0",
      manifest: { os: ["linux"], cpu: [cpu] },
    });
    registry = await startNpmRegistry([
      { name: "b", version: "1.0.0", files: { "lib/index.js": "one" } },
      {
        name: "b",
        version: "2.0.0",
        files: { "lib/index.js": "two", "bin/b": "#!/usr/bin/env node" },
        manifest: { bin: "bin/b" },
      },
      { name: "a", version: "1.0.0", manifest: { dependencies: { b: "^1.0.0", "@s/native": "1.0.0" } } },
      {
        name: "@s/native",
        version: "1.0.0",
        manifest: { optionalDependencies: { "@s/native-x64": "1.0.0", "@s/native-arm64": "1.0.0" } },
      },
      native("x64"),
      native("arm64"),
      { name: "compiler", version: "3.0.0", manifest: { dependencies: { b: "^2.0.0" } } },
      { name: "fetcher", version: "1.0.0", manifest: { scripts: { postinstall: "node download.js" } } },
      { name: "single", version: "1.2.3", files: { "bin/tool": "#!/bin/tool" } },
    ]);
    restoreEnvironment = setEnvironment({
      npm_config_registry: registry.url,
      npm_config_cache: path.join(root, "npm-cache"),
      npm_config_userconfig: path.join(root, "npmrc"),
      npm_config_audit: "false",
    });
    await project({ dependencies: { a: "^1.0.0", b: "^2.0.0" }, devDependencies: { compiler: "^3.0.0" } });
    await run("npm", omitAddresses, { cwd: path.join(root, "app") });
    locked = await resolve({ lockfile: "package-lock.json" });
  });

  after(async () => {
    restoreEnvironment();
    await registry.close();
    await rm(root, { recursive: true, force: true });
  });

  async function project(manifest: object): Promise<void> {
    await mkdir(path.join(root, "app"), { recursive: true });
    await writeFile(
      path.join(root, "app", "package.json"),
      JSON.stringify({ name: "app", version: "1.0.0", ...manifest }),
    );
  }

  function context(npm: NonNullable<PackagesRequest["npm"]>): ResolveContext {
    const text = JSON.stringify({ npm }, null, 2);
    const document = parseYaml("app/packages.yaml", text).value;
    assert.ok(document);
    const cache = new PayloadCache(path.join(root, "cache"));
    const platforms = ["linux/amd64", "linux/arm64"];
    return {
      root,
      file: "app/packages.yaml",
      request: { npm },
      document,
      platforms,
      parents: [],
      cache,
      scratch: root,
      progress: () => {},
    };
  }

  const resolve = async (npm: NonNullable<PackagesRequest["npm"]>) =>
    (await npmResolver.resolve(context(npm))) as Readonly<Record<string, readonly NpmPayload[]>>;

  async function layered(payloads: readonly NpmPayload[]): Promise<readonly TarEntry[]> {
    const { cache } = context({});
    const cached = await Promise.all(payloads.map((payload) => cache.ensure(payload, npmKind)));
    const entries: TarEntry[] = [];
    for (const layer of npmKind.layers(cached, "linux/amd64"))
      for await (const entry of layer.entries()) entries.push(entry);
    return entries;
  }

  for (const [platform, cpu] of [
    ["linux/amd64", "x64"],
    ["linux/arm64", "arm64"],
  ] as const) {
    it(`lays out for ${platform} what npm ci installs`, async () => {
      const payloads = locked[platform] ?? [];
      const production = payloads.filter(({ unpackTo }) => !unpackTo.startsWith("/npm/development/"));
      await run("npm", ["ci", "--omit=dev", "--ignore-scripts", "--os=linux", `--cpu=${cpu}`], {
        cwd: path.join(root, "app"),
      });
      const expected = await filesBelow(path.join(root, "app"), "node_modules");
      const found = (await layered(production)).filter(({ type }) => type === "file");
      assert.deepEqual(
        found
          .map((entry) => [entry.path.replace(/^npm\//, ""), (entry.mode & 0o100) !== 0, String(entry.content)])
          .sort(),
        expected.sort(),
      );
    });
  }

  it("keeps what only the build needs in a tree that completes the other", () => {
    const amd64 = locked["linux/amd64"];
    assert.deepEqual(
      amd64?.filter(({ unpackTo }) => unpackTo.startsWith("/npm/development/")).map(({ unpackTo }) => unpackTo),
      ["/npm/development/node_modules/compiler"],
    );
  });

  it("unpacks single packages for their platforms, owned by root and with every directory once", async () => {
    const unpack = [{ package: "single", version: "1.2.3", to: "/opt/tools/single", platform: "linux/arm64" }];
    const resolved = await resolve({ unpack });
    assert.deepEqual(resolved["linux/amd64"], []);
    const entries = await layered(resolved["linux/arm64"] ?? []);
    assert.deepEqual(
      entries.map(({ path, type, mode, uid, mtime }) => [path, type, mode, uid, mtime]),
      [
        ["opt", "directory", 0o755, 0, 0],
        ["opt/tools", "directory", 0o755, 0, 0],
        ["opt/tools/single", "directory", 0o755, 0, 0],
        ["opt/tools/single/package.json", "file", 0o644, 0, 499162500],
        ["opt/tools/single/bin", "directory", 0o755, 0, 0],
        ["opt/tools/single/bin/tool", "file", 0o755, 0, 499162500],
      ],
    );
  });

  it("blames the line of a package that the registry does not have", async () => {
    const unpack = [{ package: "single", version: "9.9.9", to: "/opt" }];
    await assert.rejects(
      resolve({ unpack }),
      /app\/packages\.yaml:4: npm cannot fetch single 9\.9\.9[\s\S]*npm view single versions/,
    );
  });

  it("gives a large package a layer of its own", () => {
    const item = (name: string, size: number) => {
      const unpackTo = `/npm/node_modules/${name}`;
      const payload: NpmPayload = { kind: "npm", name, version: "1.0.0", size, sha256: "0".repeat(64), unpackTo };
      return { payload, file: "/x" };
    };
    const sources = npmKind.layers([item("a", 1), item("b", 1 << 30), item("c", 2)], "linux/amd64");
    assert.deepEqual(
      sources.map(({ title }) => title),
      ["b 1.0.0", "2 npm packages in /npm"],
    );
  });

  it("refuses an excuse that nothing needs", async () => {
    const npm = { lockfile: "package-lock.json", withoutScript: { b: "it had a script once" } };
    await assert.rejects(resolve(npm), /app\/packages\.yaml:5: npm\.withoutScript names b, which needs no such excuse/);
  });

  it("names a package that downloads when it is installed, and its script, whatever the lockfile says of it", async () => {
    const files = ["package.json", "package-lock.json"].map((name) => path.join(root, "app", name));
    const before = await Promise.all(files.map((file) => readFile(file, "utf8")));
    try {
      await project({ dependencies: { fetcher: "1.0.0" } });
      await run("npm", omitAddresses, { cwd: path.join(root, "app") });
      const lockfile = files[1] ?? "";
      const text = await readFile(lockfile, "utf8");
      await writeFile(lockfile, text.replace(/"hasInstallScript": true,?/, ""));
      await assert.rejects(
        resolve({ lockfile: "package-lock.json" }),
        /app\/package-lock\.json:\d+: node_modules\/fetcher has an install script \(postinstall: node download\.js\); none ever runs here/,
      );
      await resolve({ lockfile: "package-lock.json", withoutScript: { fetcher: "the Dockerfile does it" } });
    } finally {
      await Promise.all(files.map((file, index) => writeFile(file, before[index] ?? "")));
    }
  });

  it("refuses a lockfile that is older than package.json", async () => {
    const file = path.join(root, "app", "package.json");
    const text = await readFile(file, "utf8");
    try {
      await project({ dependencies: { a: "^1.0.0" } });
      await assert.rejects(resolve({ lockfile: "package-lock.json" }), /dependencies and devDependencies differ/);
    } finally {
      await writeFile(file, text);
    }
  });

  it("says what is gone", async () => {
    const payload: NpmPayload = {
      kind: "npm",
      name: "b",
      version: "7.0.0",
      size: 1,
      sha256: "0".repeat(64),
      unpackTo: "/x",
    };
    await assert.rejects(npmKind.download(payload, path.join(root, "b.tgz")), PayloadGoneError);
  });

  it("refuses a tarball that is not the lockfile's", async () => {
    const original = registry.tarballs.get("b@1.0.0");
    assert.ok(original);
    const other = registry.tarballs.get("b@2.0.0");
    assert.ok(other);
    registry.tarballs.set("b@1.0.0", other);
    const restoreCache = setEnvironment({ npm_config_cache: path.join(root, "another-npm-cache") });
    try {
      await assert.rejects(resolve({ lockfile: "package-lock.json" }), /b 1\.0\.0: the lockfile has sha512-/);
    } finally {
      restoreCache();
      registry.tarballs.set("b@1.0.0", original);
    }
  });
});

/** Path, whether it is executable, and content; without what npm adds for its own use and links to programs. */
async function filesBelow(root: string, folder: string): Promise<(readonly [string, boolean, string])[]> {
  const files: (readonly [string, boolean, string])[] = [];
  for (const item of await readdir(path.join(root, folder), { recursive: true, withFileTypes: true })) {
    const relative = path.relative(root, path.join(item.parentPath, item.name));
    if (!item.isFile() || relative.includes("/.bin/") || item.name === ".package-lock.json") continue;
    const file = path.join(root, relative);
    files.push([relative, ((await stat(file)).mode & 0o100) !== 0, await readFile(file, "utf8")]);
  }
  return files;
}
