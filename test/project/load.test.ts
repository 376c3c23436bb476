import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { planDocument, renderPlan } from "../../cli/commands/plan.js";
import { formatProblems } from "../../domain/problems.js";
import { loadProject } from "../../domain/project/load.js";
import { testSettings } from "../support/settings.js";

const settings = testSettings({ platforms: ["linux/amd64"], allowedRegistries: ["docker.io"] });

describe("loadProject", () => {
  let root = "";
  const put = (path: string, text: string) => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  };
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), "factory-project-"));
    put("bases/debian/Dockerfile", "FROM scratch\nCOPY os-release /etc/\nUSER 65532:65532\n");
    put("bases/debian/os-release", "ID=debian\n");
    put("images/web/Dockerfile", "FROM factory.invalid/debian\nCOPY app /app\n");
    put("images/web/app", "#!\n");
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  it("reads from files to a plan", async () => {
    put("images/train/Dockerfile", "FROM factory.invalid/debian\n");
    put("images/train/image.yaml", "runner: gpu\n");
    const { value, problems } = await loadProject(root, settings, "2026-11-21");
    assert.deepEqual(problems, []);
    const [debian, web] = value.plan.images.map(({ buildId }) => buildId.slice(0, 12));
    assert.equal(
      renderPlan(value.plan),
      `wave  image   build         stands on  revision
0     debian  ${debian}  scratch    not committed
1     web     ${web}  debian     not committed

left out:
  train: runner: gpu; add train to factory:with where there is one`,
    );
    assert.deepEqual(
      planDocument(value.plan).images.map(({ id, wave, base }) => ({ id, wave, base: base?.source })),
      [
        { id: "debian", wave: 0, base: undefined },
        { id: "web", wave: 1, base: { kind: "managed", id: "debian" } },
      ],
    );
  });

  it("reports what is wrong at every stage together, each thing once", async () => {
    put("images/web/image.yaml", "ownr: team\n");
    put("images/site/Dockerfile", "FROM nginx:1.29\n");
    put("images/lost/Dockerfile", "FROM factory.invalid/debain\n");
    put("images/torn/Dockerfile", "FROM factory.invalid/debian\nCOPPY a b\n");
    put("images/admin/Dockerfile", "FROM factory.invalid/debian\nUSER root\n");
    put("state/python.yaml", "schema: 99\n");
    const { problems } = await loadProject(root, { ...settings, only: ["wbe"] }, "2026-11-21");
    const text = formatProblems("the project", problems);
    for (const said of [
      /images\/web\/image\.yaml:1: unknown key "ownr"/,
      /images\/site\/Dockerfile:1: .* is not pinned/,
      /images\/lost\/Dockerfile:1: base "debain" is not declared/,
      /images\/torn\/Dockerfile:2: "COPPY" is no instruction/,
      /state\/python\.yaml:1: state schema 99 is not known/,
      /Pulumi\.local\.yaml: factory:only names "wbe"/,
    ]) {
      assert.match(text, said);
    }
    assert.equal(new Set(problems.map((problem) => JSON.stringify(problem))).size, problems.length);
  });
});
