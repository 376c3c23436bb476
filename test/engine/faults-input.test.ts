import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { projectRoot } from "../../tools/project.js";
import { Checkout, type Run } from "../support/checkout.js";
import { readRegistry } from "../support/registry-content.js";
import { useServices } from "../support/with-services.js";

/** Something wrong in a project, and all that is said of it. */
interface Row {
  readonly files: Readonly<Record<string, string>>;
  readonly place: string;
  readonly says: RegExp;
  readonly remedy: RegExp;
}

const good = "COPY Dockerfile /\nUSER 65532:65532\n";
const debianLock = readFileSync(path.join(projectRoot, "bases/debian/packages.lock.json"), "utf8");

const rows: Readonly<Record<string, Row>> = {
  "an unknown base": {
    files: { "images/web/Dockerfile": `FROM factory.invalid/chiseld\n${good}` },
    place: "images/web/Dockerfile:1",
    says: /base "chiseld" is not declared/,
    remedy: /Did you mean "chiseled"/,
  },
  "bases that stand on each other": {
    files: {
      "bases/hen/Dockerfile": `FROM factory.invalid/egg\n`,
      "bases/egg/Dockerfile": `FROM factory.invalid/hen\n`,
    },
    place: "bases/egg/Dockerfile:1",
    says: /egg -> hen -> egg/,
    remedy: /egg at bases\/egg\/Dockerfile:1, hen at bases\/hen\/Dockerfile:1/,
  },
  "a name that is taken twice": {
    files: { "bases/twin/Dockerfile": `FROM scratch\n${good}`, "images/twin/Dockerfile": `FROM scratch\n${good}` },
    place: "images/twin",
    says: /"twin" is taken by bases\/twin/,
    remedy: /Rename/,
  },
  "YAML that is none": {
    files: {
      "images/scribble/Dockerfile": `FROM scratch\n${good}`,
      "images/scribble/image.yaml": "tags:\n  semver: [1.2\n",
    },
    place: "images/scribble/image.yaml:3",
    says: /not YAML/,
    remedy: /Correct the line/,
  },
  "an unknown key": {
    files: {
      "images/typo/Dockerfile": `FROM scratch\n${good}`,
      "images/typo/image.yaml": "tags: {}\nplatfroms: [linux/amd64]\n",
    },
    place: "images/typo/image.yaml:2",
    says: /unknown key "platfroms"/,
    remedy: /Did you mean "platforms"/,
  },
  "a folder without a Dockerfile": {
    files: { "images/empty/image.yaml": "platforms: [linux/amd64]\n" },
    place: "images/empty",
    says: /no Dockerfile/,
    remedy: /Add images\/empty\/Dockerfile/,
  },
  "a lock that is out of date": {
    files: {
      "bases/stale/Dockerfile": `FROM factory.invalid/pool/stale\n${good}`,
      "bases/stale/packages.yaml": "debian:\n  suite: trixie\n  packages: [netbase]\n",
      "bases/stale/packages.lock.json": debianLock,
    },
    place: "bases/stale/packages.yaml",
    says: /the lock is out of date/,
    remedy: /npx factory lock stale/,
  },
  "an image from a registry that is not allowed": {
    files: { "images/borrower/Dockerfile": `FROM scratch\nCOPY --from=docker.io/library/nginx:1.29 /a /b\n${good}` },
    place: "images/borrower/Dockerfile:2",
    says: /nginx:1.29/,
    remedy: /factory:allowedRegistries/,
  },
};

describe("an up of a project with mistakes", () => {
  const services = useServices({ tools: ["crane", "pulumi", "docker-build"] });
  let up: Run;

  before(async () => {
    const checkout = new Checkout(services(), "mistakes");
    checkout.write({ "bases/chiseled/Dockerfile": `FROM scratch\n${good}` });
    for (const { files } of Object.values(rows)) checkout.write(files);
    checkout.commit();
    up = checkout.start("up");
    assert.equal(await up.ended, 1, up.stderr);
  });

  for (const [name, { place, remedy, says }] of Object.entries(rows)) {
    it(`names ${name}, where it is and what to do`, () => {
      const lines = up.stderr.split("\n");
      const line = lines.findIndex((text) => text.startsWith(` - ${place}: `));
      assert.notEqual(line, -1, up.stderr);
      assert.match(lines[line] ?? "", says);
      assert.match(lines[line + 1] ?? "", remedy);
    });
  }

  it("names nothing else, and builds nothing of what is right", async () => {
    const told = up.stderr.split("\n").filter((line) => line.startsWith(" - "));
    assert.equal(told.length, Object.keys(rows).length, up.stderr);
    const { tags } = await readRegistry(services().registry);
    assert.deepEqual([...tags.keys()], []);
  });
});
