import assert from "node:assert/strict";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { loadSources } from "../../domain/plan/load-sources.js";
import { writeGeneratedDockerfiles } from "../../domain/plan/write-dockerfiles.js";
import { application } from "../catalogue/fixtures.js";
import { plan, planned, project, type TestImage } from "./fixtures.js";

const web: TestImage = {
  folder: application("web"),
  dockerfile: "FROM scratch\nCOPY src requirements.txt /app/\n",
};

describe("files of a plan", () => {
  let root = "";
  const put = (path: string, text: string) => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  };
  const hash = async (image = web) => {
    const sources = await loadSources(root, project([image]).graph);
    return sources.get("web")?.contextHash;
  };

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), "factory-plan-"));
    put("images/web/Dockerfile", web.dockerfile);
    put("images/web/requirements.txt", "a==1\n");
    put("images/web/src/app.py", "print()\n");
    put("images/web/README.md", "about\n");
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  const changes: Record<string, { readonly change: () => void; readonly counts: boolean }> = {
    "content of what is copied": { change: () => put("images/web/src/app.py", "exit()\n"), counts: true },
    "a new file in what is copied": { change: () => put("images/web/src/new.py", ""), counts: true },
    "a new empty directory in what is copied": {
      change: () => mkdirSync(join(root, "images/web/src/e")),
      counts: true,
    },
    "the mode of what is copied": { change: () => chmodSync(join(root, "images/web/src/app.py"), 0o755), counts: true },
    "a link in what is copied": { change: () => symlinkSync("app.py", join(root, "images/web/src/l")), counts: true },
    "what is not copied": { change: () => put("images/web/README.md", "more\n"), counts: false },
    times: { change: () => utimesSync(join(root, "images/web/src/app.py"), 1, 1), counts: false },
    "what the author's ignore file leaves out": {
      change: () => {
        put("images/web/.dockerignore", "**/*.pyc\n");
        put("images/web/src/a.pyc", "");
      },
      counts: false,
    },
    "what the author's ignore file beside the Dockerfile leaves out, which wins": {
      change: () => {
        put("images/web/.dockerignore", "src\n");
        put("images/web/Dockerfile.dockerignore", "**/*.pyc\n");
        put("images/web/src/a.pyc", "");
      },
      counts: false,
    },
    "what the author's ignore file leaves out now": {
      change: () => put("images/web/.dockerignore", "requirements.txt\n"),
      counts: true,
    },
  };
  for (const [what, { change, counts }] of Object.entries(changes)) {
    it(`${counts ? "count" : "do not count"}: ${what}`, async () => {
      const before = await hash();
      change();
      assert.equal((await hash()) !== before, counts);
    });
  }

  it("are not walked where nothing of them is copied", async () => {
    put("images/web/big/secret", "");
    chmodSync(join(root, "images/web/big/secret"), 0);
    assert.equal(typeof (await hash()), "string");
  });

  it("may hold a link that leads into itself", async () => {
    symlinkSync("loop/deeper", join(root, "images/web/loop"));
    assert.equal(typeof (await hash({ ...web, dockerfile: "FROM scratch\nCOPY loop /\n" })), "string");
  });

  it("are written once, and removed with their image", async () => {
    const first = plan([web, { folder: application("old"), dockerfile: "FROM scratch\n" }]);
    await writeGeneratedDockerfiles(root, first);
    const path = join(root, planned(first, "web").dockerfile.path);
    utimesSync(path, 1000, 1000);
    utimesSync(`${path}.dockerignore`, 1000, 1000);
    await writeGeneratedDockerfiles(root, plan([web]));
    assert.equal(statSync(path).mtimeMs, 1_000_000);
    assert.equal(statSync(`${path}.dockerignore`).mtimeMs, 1_000_000);
    assert.equal(statSync(join(root, ".factory/dockerfiles/old"), { throwIfNoEntry: false }), undefined);

    await writeGeneratedDockerfiles(root, plan([{ ...web, dockerfile: `${web.dockerfile}ENV A=b\n` }]));
    assert.notEqual(statSync(path).mtimeMs, 1_000_000);
  });
});
