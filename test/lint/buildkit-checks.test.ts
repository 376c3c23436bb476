import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadCatalogue } from "../../domain/catalogue/load.js";
import { buildkitChecks } from "../../tools/lint/buildkit-checks.js";
import { run } from "../../tools/machine/run.js";
import { ensureToolchain } from "../../tools/toolchain/toolchain.js";
import { useServices } from "../support/with-services.js";

/** Faults of many kinds, none of which needs a base to be seen. */
const DOCKERFILE = `ARG UNSET
FROM scratch AS Upper
copy a /a
COPY $MISSING /b
ENV SECRET_TOKEN=abc
WORKDIR relative

FROM --platform=$TARGETPLATFORM scratch as again
RUN echo \\

  done
MAINTAINER somebody
LABEL old style
EXPOSE 80/TCP

FROM scratch AS again
CMD run me
CMD run it
`;

describe("BuildKit's checks without a daemon", () => {
  const services = useServices();
  let root = "";
  before(() => {
    root = mkdtempSync(join(tmpdir(), "factory-checks-"));
    mkdirSync(join(root, "images/web"), { recursive: true });
    writeFileSync(join(root, "images/web/Dockerfile"), DOCKERFILE);
  });
  after(() => rmSync(root, { recursive: true, force: true }));

  it("say what a daemon says, at the same lines", async () => {
    const { toolchain, env } = services();
    const args = ["build", "--call=check,format=json", join(root, "images/web")];
    const { stdout } = await run(toolchain.program("buildx"), args, { env: { ...process.env, ...env } });
    const { warnings } = JSON.parse(stdout) as { warnings: readonly Warning[] };
    const expected = warnings.map(({ ruleName, detail, location }) => [
      location.ranges[0]?.start.line,
      ruleName,
      detail,
    ]);

    const { images } = (await loadCatalogue(root)).value;
    const program = (await ensureToolchain(["buildkit-lint"])).program("buildkit-lint");
    const found = await buildkitChecks(program, root, images);
    assert.deepEqual(found.map(({ place, rule, message }) => [place.line, rule, message]).sort(), expected.sort());
    assert.ok(new Set(expected.map(([, rule]) => rule)).size >= 8, JSON.stringify(expected));
  });
});

interface Warning {
  readonly ruleName: string;
  readonly detail: string;
  readonly location: { readonly ranges: readonly { readonly start: { readonly line: number } }[] };
}
