import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { IncludedCatalogue } from "../../domain/catalogue/types.js";
import { awaitedElsewhere } from "../../domain/federation/awaited.js";
import { cascadeProgress, changeSets } from "../../domain/federation/change-sets.js";
import { federate } from "../../domain/federation/link.js";
import { loadMembers } from "../../domain/federation/load-members.js";
import type { Member } from "../../domain/federation/types.js";
import { loadImageGraph } from "../../domain/graph/load.js";
import { predict } from "../../domain/impact/predict.js";
import { reachableOf } from "../../domain/impact/reachable.js";
import { valueOrThrow } from "../../domain/problems.js";
import { toInstant } from "../../domain/rebuild/times.js";
import { renderFederation } from "../../domain/render/federation-text.js";
import { adopt, newState, observe } from "../../domain/state/transitions.js";
import type { ImageState } from "../../domain/state/types.js";
import { FederationReader } from "../../tools/rebuild/federation-reader.js";
import { fortyImages, registryOf, type Teams } from "../support/forty-images.js";
import { fortyTogether } from "../support/forty-together.js";
import { testSettings } from "../support/settings.js";

const HOUR = 3_600_000;
type Team = keyof Teams;

/** Three git repositories with forty images. */
class Repositories {
  readonly root = mkdtempSync(join(tmpdir(), "factory-federation-"));
  readonly cache = join(this.root, "cache");

  constructor() {
    for (const [team, files] of Object.entries(fortyImages())) {
      this.write(team, files);
      this.git(team, "init", "--quiet");
      this.commit(team);
    }
  }

  write(team: string, files: Readonly<Record<string, string>>): void {
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(dirname(join(this.root, team, name)), { recursive: true });
      writeFileSync(join(this.root, team, name), text);
    }
  }

  git(team: string, ...args: readonly string[]): string {
    const identity = ["-c", "user.name=test", "-c", "user.email=test@example.com"];
    return execFileSync("git", [...identity, ...args], { cwd: join(this.root, team), encoding: "utf8" }).trim();
  }

  commit(team: string): string {
    this.git(team, "add", "--all");
    this.git(team, "commit", "--quiet", "--allow-empty", "--message", "test");
    return this.git(team, "rev-parse", "HEAD");
  }

  include(name: Team, changes: Partial<IncludedCatalogue> = {}): IncludedCatalogue {
    return {
      name,
      repository: join(this.root, name),
      commit: this.git(name, "rev-parse", "HEAD"),
      path: ".",
      registry: registryOf(name),
      waitMs: (name === "data" ? 2 : 1) * HOUR,
      place: { file: "images.yaml", line: 1 },
      ...changes,
    };
  }

  async own(): Promise<Member> {
    const { graph } = valueOrThrow("platform", await loadImageGraph(join(this.root, "platform")));
    const registry = registryOf("platform");
    return { name: "", repository: "platform", registry, waitMs: HOUR, images: reachableOf(graph), faults: [] };
  }

  async federation(...includes: readonly IncludedCatalogue[]) {
    const others = includes.length > 0 ? includes : [this.include("data"), this.include("web")];
    return federate(await this.own(), await loadMembers(this.cache, others));
  }
}

const DEBIAN = "docker.io/library/debian:12";
const debian = { subject: DEBIAN, given: [DEBIAN], own: new Map() };

describe("a federation of three repositories and forty images", () => {
  let repositories: Repositories;
  beforeEach(() => {
    repositories = new Repositories();
  });
  afterEach(() => rmSync(repositories.root, { recursive: true, force: true }));

  it("is one graph, with the edges that one repository would have", async () => {
    const { images, excluded } = await repositories.federation();
    assert.deepEqual(excluded, []);
    const plain = (id: string) => id.replace(/^(data|web)\//, "");
    const edges = new Map(images.map(({ id, bases }) => [plain(id), bases.map(plain).sort()]));
    const together = fortyTogether().map(({ id, bases }) => [id, [...bases].sort()] as const);
    assert.deepEqual(edges, new Map(together));
    const places = new Map(images.map(({ id }, at) => [id, at]));
    for (const { id, bases } of images) {
      for (const base of bases) assert.ok((places.get(base) ?? -1) < (places.get(id) ?? -1), `${id} before ${base}`);
    }
  });

  it("foretells a cascade through all of them, with one change set for each repository", async () => {
    const federation = await repositories.federation();
    const impact = predict(federation.images, debian);
    const together = predict(fortyTogether(), debian);
    assert.deepEqual(
      impact.images.map(({ id }) => id.replace(/^\w+\//, "")).sort(),
      together.images.map(({ id }) => id).sort(),
    );
    const sets = changeSets(federation, impact);
    assert.deepEqual(
      sets.map(({ catalogue, images }) => [catalogue, images.length]),
      [
        ["", 10],
        ["data", 13],
        ["web", 13],
      ],
    );
    const awaited = sets.flatMap(({ images }) => images.filter(({ awaits }) => awaits.length > 0));
    assert.deepEqual(awaited.map(({ id, awaits }) => `${id} awaits ${awaits.join(" ")}`).sort(), [
      "data/notebook awaits python",
      "data/spark awaits java",
      "portal awaits web/assets",
      "reports awaits data/notebook",
      "web/assets awaits node",
      "web/site-5 awaits data/job-0",
    ]);
  });

  it("fetches a commit once, and never follows a branch", async () => {
    const data = repositories.include("data");
    const before = await repositories.federation(data);
    repositories.write("data", { "images/later/Dockerfile": "FROM debian:12\nUSER 1:1\n" });
    repositories.commit("data");
    rmSync(join(repositories.root, "data", ".git"), { recursive: true });
    assert.deepEqual(await repositories.federation(data), before);
    const folders = readdirSync(repositories.cache);
    assert.equal(folders.length, 1);
    assert.deepEqual(readdirSync(join(repositories.cache, folders[0] ?? "")), [data.commit]);
  });

  describe("where a team makes a mistake", () => {
    const mistakes: readonly {
      readonly title: string;
      readonly make: (all: Repositories) => Partial<IncludedCatalogue>;
      readonly excluded: RegExp;
    }[] = [
      {
        title: "its repository cannot be reached",
        make: (all) => ({ repository: join(all.root, "gone") }),
        excluded: /^data as a whole: it cannot be fetched: /,
      },
      {
        title: "its commit is gone",
        make: () => ({ commit: "0".repeat(40) }),
        excluded: /^data as a whole: it cannot be fetched: /,
      },
      {
        title: "its repository is an option of git",
        make: () => ({ repository: "--upload-pack=touch /tmp/pwned" }),
        excluded: /^data as a whole: it cannot be fetched: /,
      },
      {
        title: "its folder is not there",
        make: () => ({ path: "nowhere" }),
        excluded: /^data as a whole: there is no folder nowhere in it/,
      },
      {
        title: "its images.yaml is no YAML",
        make: (all) => committed(all, { "images.yaml": "images: [" }),
        excluded: /^data as a whole: images\.yaml:1: /,
      },
      {
        title: "its images.yaml has an impossible duration",
        make: (all) => committed(all, { "images.yaml": "defaults: { rebuild: { delay: 7 fortnights } }" }),
        excluded: /^data as a whole: images\.yaml:1: .*delay/,
      },
      {
        title: "an image has an unknown key",
        make: (all) => committed(all, { "bases/spark/image.yaml": "ownr: data\n" }),
        excluded: /^data\/spark: bases\/spark\/image\.yaml:1: unknown key "ownr"/,
      },
      {
        title: "a Dockerfile is not understood",
        make: (all) => committed(all, { "bases/spark/Dockerfile": "FRM x\n" }),
        excluded: /^data\/spark: bases\/spark\/Dockerfile:1: /,
      },
      {
        title: "its bases stand on each other",
        make: (all) =>
          committed(all, {
            "bases/spark/Dockerfile": "FROM factory.invalid/notebook\nUSER 1:1\n",
            "bases/notebook/Dockerfile": "FROM factory.invalid/spark\nUSER 1:1\n",
          }),
        excluded: /^data\/(spark|notebook): bases\/(spark|notebook)\/Dockerfile:1: /,
      },
    ];
    for (const { title, make, excluded } of mistakes) {
      it(`${title}: its part is left out with the reason, and others go on`, async () => {
        const healthy = predict((await repositories.federation()).images, debian);
        const data = repositories.include("data", make(repositories));
        const federation = await repositories.federation(data, repositories.include("web"));
        const said = federation.excluded.map(
          ({ catalogue, id, reason }) => `${id ?? `${catalogue} as a whole`}: ${reason}`,
        );
        assert.match(said[0] ?? "", excluded);
        assert.deepEqual([...new Set(federation.excluded.map(({ catalogue }) => catalogue))], ["data"]);

        const left = new Set(federation.excluded.map(({ id }) => id));
        const lame = (catalogue?: string) => catalogue === "data" && left.has(undefined);
        assert.deepEqual(
          federation.images.filter(({ bases, catalogue, id }) => {
            const standsOnLeft = catalogue === "data" && bases.some((base) => left.has(base));
            return left.has(id) || lame(catalogue) || standsOnLeft;
          }),
          [],
        );

        const impact = predict(federation.images, debian);
        const ids = (of: typeof impact, catalogue: string) =>
          of.images
            .filter((image) => (image.catalogue ?? "") === catalogue)
            .map(({ id }) => id)
            .sort();
        // Whatever data did, each image of the others is there, and rebuilt for every reason of its own.
        for (const catalogue of ["", "web"]) assert.deepEqual(ids(impact, catalogue), ids(healthy, catalogue));
        assert.ok(!existsSync("/tmp/pwned"));
      });
    }

    it("two repositories whose images stand on each other are cut apart, and nobody is left out", async () => {
      repositories.write("web", {
        "bases/assets/Dockerfile": "FROM registry.example.com/platform/portal:1\nUSER 1:1\n",
      });
      repositories.commit("web");
      const { excluded, images } = await repositories.federation();
      assert.equal(images.length, 40);
      assert.deepEqual(
        excluded.map(({ id, reason }) => `${id}: ${reason}`),
        [
          "portal: in a circle between repositories (portal on web/assets on portal): this edge is not followed",
          "web/assets: in a circle between repositories (web/assets on portal on web/assets): this edge is not followed",
        ],
      );
    });

    it("a link in its repository leads nowhere", async () => {
      writeFileSync(join(repositories.root, "secret"), "FROM stolen:1\n");
      rmSync(join(repositories.root, "data/bases/spark/Dockerfile"));
      symlinkSync(join(repositories.root, "secret"), join(repositories.root, "data/bases/spark/Dockerfile"));
      repositories.commit("data");
      const { excluded } = await repositories.federation();
      assert.doesNotMatch(JSON.stringify(excluded), /stolen/);
      assert.equal(excluded[0]?.id, "data/spark");
    });
  });

  it("says who builds, what is awaited, and when it is given up", async () => {
    const federation = await repositories.federation();
    const impact = predict(federation.images, debian);
    const started = Date.UTC(2026, 10, 21);
    const at = (hours: number, released: Readonly<Record<string, number>> = {}) => {
      const times = new Map(Object.entries(released).map(([id, hour]) => [id, started + hour * HOUR]));
      const standings = cascadeProgress(federation, impact, started, times, started + hours * HOUR);
      return (id: string) => standings.get(id);
    };
    assert.deepEqual(at(0)("slim"), { kind: "ready", since: started, without: [] });
    // Of its own repository nobody gives up: half a change is never built on.
    assert.deepEqual(at(99)("python"), { kind: "awaits", images: ["slim"] });
    // slim, then python, then notebook: an hour each, and two for data.
    assert.deepEqual(at(0)("reports"), { kind: "awaits", images: ["data/notebook", "python"] });
    const built = { slim: 0.1, python: 0.2, node: 0.2 };
    assert.deepEqual(at(0.5, built)("reports"), {
      kind: "awaits",
      images: ["data/notebook"],
      until: started + 2.2 * HOUR,
    });
    assert.deepEqual(at(0.5, built)("data/notebook"), { kind: "ready", since: started + 0.2 * HOUR, without: [] });
    const late = at(2.2, built)("reports");
    assert.deepEqual(late, { kind: "ready", since: started + 2.2 * HOUR, without: ["data/notebook"] });
    const done = at(1, { ...built, "data/notebook": 0.7 })("reports");
    assert.deepEqual(done, { kind: "ready", since: started + 0.7 * HOUR, without: [] });
    assert.deepEqual(at(1, { ...built, reports: 0.9 })("reports"), { kind: "released", at: started + 0.9 * HOUR });
  });

  it("is read once by a watch, and what could not be read is tried again when that is asked for", async () => {
    const { value } = await loadImageGraph(join(repositories.root, "platform"));
    const [data, web] = [repositories.include("data"), repositories.include("web")];
    const catalogue = { ...value.catalogue, includes: [data, web] };
    const reader = new FederationReader(repositories.root, testSettings({ registry: registryOf("platform") }));
    assert.equal(await reader.read({ ...value, catalogue: { ...catalogue, includes: [] } }), undefined);
    renameSync(join(repositories.root, "web"), join(repositories.root, "away"));
    const said = async () => (await reader.read({ ...value, catalogue }))?.excluded.map((each) => each.catalogue);
    assert.deepEqual(await said(), ["web"]);
    renameSync(join(repositories.root, "away"), join(repositories.root, "web"));
    assert.deepEqual(await said(), ["web"], "no decision waits for it again");
    await reader.refresh({ catalogue });
    assert.deepEqual(await said(), []);
  });

  it("is waited for from when it could be built, and by nobody whose base came out the same", async () => {
    const federation = await repositories.federation();
    const adopted = Date.UTC(2026, 10, 21);
    const at = (hours: number) => toInstant(adopted + hours * HOUR);
    const adoption = (image: string, digest: string, hours: number): ImageState => {
      const state = newState(image, image.includes("/") ? "external" : "managed");
      return adopt(adopt(state, { ...entry, digest: "sha256:0", at: at(-999) }), { ...entry, digest, at: at(hours) });
    };
    const entry = { tag: "1", platforms: [], cause: "test" };
    const seen = { digest: "sha256:1", tag: "12", platforms: [], firstSeen: at(-7 * 24), how: "event" } as const;
    const awaited = (states: readonly ImageState[], hours: number) => {
      const verdict = {
        actions: [{ kind: "rebuild" as const, image: "portal", on: [], causes: [], reason: "" }],
        waiting: () => [],
      };
      const known = new Map(states.map((state) => [state.image, state]));
      const watched = [{ name: DEBIAN, delayMs: 7 * 24 * HOUR, autoRebuild: true }];
      return [...awaitedElsewhere(federation, watched, known, verdict, adopted + hours * HOUR)];
    };
    const os = observe(adoption(DEBIAN, "sha256:1", 0), seen);
    const node = adoption("node", "sha256:2", 3);
    const images = ["web/assets"];
    assert.deepEqual(awaited([os, node], 3.5), [["portal", { images, until: adopted + 4 * HOUR }]]);
    assert.deepEqual(awaited([os, node], 4), [["portal", { images }]]);
    assert.deepEqual(awaited([os], 0.5), [["portal", { images, until: adopted + HOUR }]], "node needed no rebuild");
    const assets = adoption("registry.example.com/web/assets:1", "sha256:3", -24);
    assert.deepEqual(awaited([os, node, assets], 3.5), [], "they were faster");
    const old = observe(os, { ...seen, digest: "sha256:0", firstSeen: at(-1500) });
    const back = adopt(old, { ...entry, digest: "sha256:0", at: at(0) });
    assert.deepEqual(awaited([back, node], 3.5), [], "debian went back");
  });

  it("is told as a table", async () => {
    const { excluded: _, ...federation } = await repositories.federation();
    const text = renderFederation({ ...federation, excluded: [{ catalogue: "x", reason: "no reason" }] });
    const [heading, own, data, web] = text.split("\n").map((line) => line.split(/ {2,}/).slice(0, 5).join(" | "));
    assert.equal(heading, "catalogue | images | stands on | waited for | releases to");
    assert.equal(own, "(this repository) | 13 | data, web | 1h | registry.example.com/platform");
    assert.equal(data, "data | 13 | (this repository) | 2h | registry.example.com/data");
    assert.equal(web, "web | 14 | (this repository), data | 1h | registry.example.com/web");
    assert.match(text, /left out of the federation; everybody else goes on:\n {2}x as a whole: no reason\n$/);
  });
});

function committed(all: Repositories, files: Readonly<Record<string, string>>): Partial<IncludedCatalogue> {
  all.write("data", files);
  return { commit: all.commit("data") };
}
