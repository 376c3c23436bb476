import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { loadAll } from "js-yaml";
import { loadClusterPipeline, loadPipeline } from "../../domain/kargo/load-pipeline.js";
import { kargoDocument } from "../../domain/kargo/models.js";
import { warehouseName } from "../../domain/kargo/names.js";
import { kargoFiles, renderKargoFile } from "../../domain/kargo/render.js";
import { kargoSchema } from "../../domain/kargo/settings.js";
import { formatProblems, valueOrThrow } from "../../domain/problems.js";
import { cloudSchema } from "../../domain/settings/cloud.js";
import { checkPipeline, writePipeline } from "../../tools/generated-pipeline.js";
import { TemporaryProject } from "../rebuild/temporary-project.js";
import { KargoSchemas } from "../support/kargo-schemas.js";
import { cloudConfig } from "../support/staging.js";

const KARGO = `project: image-factory
repository: https://github.com/example/images
image: registry.example.com/factory@sha256:${"1".repeat(64)}
dispatch: https://api.github.com/repos/example/images/dispatches
`;
const IMAGES = `images:
  - name: nginx
    repoURL: docker.io/library/nginx
    allowTags: '^1\\.29\\.\\d+$'
    platform: linux/amd64
  - name: payments
    repoURL: registry.example.com/payments
    source: { repository: "https://github.com/example/payments", dockerfile: Dockerfile, workflow: .github/workflows/image.yml }
  - name: redis
    repoURL: docker.io/library/redis
`;

const settings = kargoSchema.parse({
  project: "image-factory",
  repository: "https://github.com/example/images",
  image: `registry.example.com/factory@sha256:${"1".repeat(64)}`,
  dispatch: "https://api.github.com/repos/example/images/dispatches",
});

type Doc = Readonly<Record<string, unknown>> & { readonly kind: string; readonly metadata: { readonly name: string } };

describe("the Kargo pipeline of a project", () => {
  let project: TemporaryProject;
  beforeEach(() => {
    project = new TemporaryProject();
    project.write({
      "kargo.yaml": KARGO,
      "images.yaml": IMAGES,
      "bases/slim/Dockerfile": "FROM debian:12\nUSER 1:1\n",
      "images/web/Dockerfile":
        "FROM factory.invalid/slim\nCOPY --from=nginx:1.29 /a /a\nCOPY --from=registry.example.com/payments:1 /b /b\nUSER 1:1\n",
    });
  });
  afterEach(() => project.remove());

  async function documents(): Promise<readonly Doc[]> {
    const { files } = valueOrThrow("the project", await loadPipeline(project.root));
    return files.flatMap((file) => loadAll(renderKargoFile(file)) as Doc[]);
  }
  const warehouses = (docs: readonly Doc[]) =>
    docs.filter(({ kind }) => kind === "Warehouse").map(({ metadata }) => metadata.name.replace(/-[0-9a-f]{8}$/, ""));

  it("watches bases found in Dockerfiles and external images, and nothing that anybody of us builds", async () => {
    assert.deepEqual(warehouses(await documents()), ["debian-12", "nginx-1-29", "redis"]);
  });

  it("watches what was managed and is external now, and the other way round", async () => {
    project.write({ "images.yaml": "images:\n  - name: slim\n    repoURL: registry.example.com/slim\n" });
    project.write({ "images/web/Dockerfile": "FROM registry.example.com/slim:1\nUSER 1:1\n" });
    project.write({ "bases/slim/Dockerfile": "FROM debian:12\nUSER 1:1\n" });
    const { problems } = await loadPipeline(project.root);
    assert.match(formatProblems("x", problems), /name "slim" is taken by bases\/slim/);
    const moved = new TemporaryProject();
    moved.write({
      "kargo.yaml": KARGO,
      "images.yaml": "images:\n  - name: slim\n    repoURL: registry.example.com/slim\n",
      "images/web/Dockerfile": "FROM registry.example.com/slim:1\nUSER 1:1\n",
    });
    const { files } = valueOrThrow("the project", await loadPipeline(moved.root));
    moved.remove();
    assert.deepEqual(warehouses(files.flatMap((file) => loadAll(renderKargoFile(file)) as Doc[])), ["slim-1"]);
  });

  it("renders a Warehouse and its Stage, marked as generated", async () => {
    const { files } = valueOrThrow("the project", await loadPipeline(project.root));
    const file = files.find(({ path }) => path.includes("/nginx-1-29-"));
    const name = warehouseName("docker.io/library/nginx:1.29");
    assert.equal(file?.path, `pipeline/${name}.yaml`);
    assert.equal(
      renderKargoFile(file ?? { documents: [] }),
      readFileSync(join(__dirname, "../../../test/kargo/nginx.golden.yaml"), "utf8").replaceAll("NAME", name),
    );
  });

  it("holds every document against our models, and writes no Secret", async () => {
    const all = await documents();
    for (const document of all) assert.deepEqual(kargoDocument.safeParse(document).error, undefined);
    assert.deepEqual([...new Set(all.map(({ kind }) => kind))].sort(), [
      "AnalysisTemplate",
      "Application",
      "Namespace",
      "Project",
      "ProjectConfig",
      "Stage",
      "Warehouse",
    ]);
    assert.doesNotMatch(JSON.stringify(all), /"(kind":"Secret|data|stringData|password)"/);
  });

  it("has no soak of its own: the job asks the factory", async () => {
    const all = await documents();
    assert.doesNotMatch(JSON.stringify(all), /requiredSoakTime|initialDelay/);
    const template = all.find(({ kind }) => kind === "AnalysisTemplate");
    assert.match(JSON.stringify(template), /"args":\["adopted","\{\{args\.image\}\}","\{\{args\.digest\}\}","--state"/);
  });

  it("is refused with everything that is wrong, each with its place", async () => {
    project.write({
      "kargo.yaml": `project: Image_Factory
repository: https://user:secret@github.com/example/images
image: registry.example.com/factory:latest
dispach: https://api.github.com/repos/example/images/dispatches
`,
      "images.yaml": "images:\n  - name: nginx\n    repoURL: docker.io/library/nginx\n    allowTags: '^(?!rc)'\n",
    });
    const { value, problems } = await loadPipeline(project.root);
    assert.equal(value, undefined);
    const text = formatProblems("the project", problems);
    for (const said of [
      /kargo\.yaml:1: project is "Image_Factory"/,
      /kargo\.yaml:2: .*not a https address without a user/,
      /kargo\.yaml:3: image is "registry\.example\.com\/factory:latest"/,
      /kargo\.yaml:4: unknown key "dispach"/,
      /images\.yaml:2: allowTags "\^\(\?!rc\)" uses a look-ahead/,
    ]) {
      assert.match(text, said);
    }
    assert.doesNotMatch(text.replaceAll(/"https:\/\/user:secret@[^"]*"/g, ""), /user:secret/);
  });

  it("fails the check where a file differs, is missing, or belongs to nothing, and leaves the files of others alone", async () => {
    const render = async () => writePipeline(project.root, valueOrThrow("x", await loadPipeline(project.root)));
    const problemsNow = async () =>
      (await checkPipeline(project.root)).map(
        ({ place, message }) => `${place.file.replace(/-[0-9a-f]{8}/, "")}: ${message}`,
      );
    assert.equal((await problemsNow()).length, 5);
    assert.equal((await render()).written.length, 5);
    assert.deepEqual(await problemsNow(), []);
    assert.deepEqual((await render()).written, []);

    writeFileSync(join(project.root, "kargo/pipeline/mine.yaml"), "# by hand\n");
    project.write({ "images.yaml": "images: []\n" });
    assert.deepEqual(await problemsNow(), [
      "kargo/pipeline/nginx-1-29.yaml: generated file is out of date",
      "kargo/pipeline/payments-1.yaml: generated file is missing",
      "kargo/pipeline/redis.yaml: nothing makes this generated file any more",
    ]);
    const { removed, written } = await render();
    assert.deepEqual([removed.length, written.length], [1, 2]);
    assert.deepEqual(await problemsNow(), []);
  });

  it("has no namespace of a stack's build daemons, and is there where a stack applies it", async () => {
    const { kargo, runners } = cloudSchema.parse({ ...cloudConfig, kargo: { context: cloudConfig.runners.context } });
    assert.ok(kargo !== undefined && runners !== undefined);
    await assert.rejects(
      loadClusterPipeline(project.root, { kargo, runners }),
      /kargo\.yaml: project is "image-factory", but/,
    );
    const elsewhere = await loadClusterPipeline(project.root, { kargo: { context: "other" }, runners });
    assert.equal(elsewhere.length, (await documents()).length);
    const bare = new TemporaryProject();
    await assert.rejects(loadClusterPipeline(bare.root, { kargo, runners }), /kargo\.yaml: there is no such file/);
    bare.remove();
  });

  it("is nothing where there is no kargo.yaml", async () => {
    const bare = new TemporaryProject();
    bare.write({ "images.yaml": "images: []\n" });
    assert.deepEqual(await checkPipeline(bare.root), []);
    bare.remove();
  });
});

describe("rendered documents, whatever is watched", () => {
  const names = fc.constantFrom("nginx", "redis", "a.b", "debian_slim", "x".repeat(80), "0");
  const images = fc.uniqueArray(
    fc
      .record({
        name: names,
        host: fc.constantFrom("docker.io/library", "quay.io", "registry.example.com:5000/team/sub"),
        tag: fc.constantFrom("1", "1.29", "latest", "3.20-Alpine_X", "y".repeat(128)),
        allowTags: fc.constantFrom(undefined, "^1$", "^1\\.2\\.\\d+$", "^a.*$"),
        platform: fc.constantFrom(undefined, "linux/amd64"),
      })
      .map(({ allowTags, host, name, platform, tag }) => ({
        image: `${host}/${name}:${tag}`,
        repository: {
          repoURL: `${host}/${name}`,
          ...(allowTags === undefined ? {} : { allowTags }),
          ...(platform === undefined ? {} : { platform }),
        },
      })),
    { selector: ({ image }) => image, maxLength: 12 },
  );

  it("are accepted by our models, named once each, and the same bytes every time", () => {
    fc.assert(
      fc.property(images, (list) => {
        const files = kargoFiles(list, settings);
        assert.equal(new Set(files.map(({ path }) => path)).size, list.length + 2);
        assert.deepEqual(files.map(renderKargoFile), kargoFiles(list, settings).map(renderKargoFile));
      }),
      { numRuns: 50 },
    );
  });

  it("do not change with what else is watched", () => {
    fc.assert(
      fc.property(images, images, (list, others) => {
        const known = new Set(list.map(({ image }) => image));
        const alone = new Map(kargoFiles(list, settings).map((file) => [file.path, renderKargoFile(file)]));
        const more = kargoFiles([...list, ...others.filter(({ image }) => !known.has(image))], settings);
        const together = new Map(more.map((file) => [file.path, renderKargoFile(file)]));
        for (const [path, text] of alone) assert.equal(together.get(path), text);
      }),
      { numRuns: 30 },
    );
  });

  describe("against the schemas of Kargo and Argo", () => {
    const folder = process.env.KARGO_SCHEMAS;
    let schemas: KargoSchemas;
    before(function () {
      if (folder === undefined) this.skip();
      schemas = new KargoSchemas(folder);
    });

    it("are valid, but for kinds that have none", () => {
      fc.assert(
        fc.property(images, (list) => {
          for (const file of kargoFiles(list, settings)) {
            for (const document of loadAll(renderKargoFile(file)) as Doc[]) {
              if (document.kind === "Namespace" || document.kind === "Application") continue;
              assert.deepEqual(schemas.problemsOf(document), []);
            }
          }
        }),
        { numRuns: 20 },
      );
    });

    it("are refused where one field is wrong: the schemas do look", () => {
      const list = [
        { image: "docker.io/library/nginx:1", repository: { repoURL: "docker.io/library/nginx", allowTags: "^a" } },
      ];
      const all = kargoFiles(list, settings).flatMap((file) => loadAll(renderKargoFile(file)) as Doc[]);
      const breaks: readonly (readonly [kind: string, from: string, to: string])[] = [
        ["Warehouse", '"repoURL":"docker.io/library/nginx"', '"repoURL":"docker.io/library/nginx:1"'],
        ["Warehouse", '"discoveryLimit":20', '"discoveryLimit":200'],
        ["Warehouse", '"discoveryLimit":20', '"semverConstraint":"1"'],
        ["Warehouse", '"interval":"1h0m0s"', '"interval":"1d"'],
        ["Warehouse", '"Automatic"', '"Sometimes"'],
        ["Stage", '"uses":"http"', '"uses":"htp"'],
        ["Stage", '"method":"POST"', '"method":"SEND"'],
        ["Stage", '"kind":"Warehouse"', '"kind":"Repository"'],
        ["Stage", '"direct":true', '"directly":true'],
        ["ProjectConfig", '"action":"Refresh"', '"action":"Promote"'],
        ["ProjectConfig", '"key":"subscribedURLs"', '"key":"urls"'],
        ["AnalysisTemplate", '"backoffLimit":0', '"backoffLimit":"none"'],
        ["AnalysisTemplate", '"restartPolicy":"Never"', '"restart":"Never"'],
      ];
      for (const [kind, from, to] of breaks) {
        const text = JSON.stringify(all.find((document) => document.kind === kind));
        assert.ok(text.includes(from), `${kind} has ${from}`);
        assert.notDeepEqual(schemas.problemsOf(JSON.parse(text.replace(from, to)) as Doc), [], `${kind}: ${to}`);
      }
    });
  });
});
