import assert from "node:assert/strict";
import { mkdtempSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { emulationInUse, foreign } from "../../../tools/machine/emulation.js";
import { run } from "../../../tools/machine/run.js";
import { useServices } from "../../support/with-services.js";

/** Prints its platform, from as many processes below each other as its argument says. */
const NESTED = `package main

import (
	"os"
	"os/exec"
	"runtime"
	"strings"
)

func main() {
	os.Stdout.WriteString(runtime.GOOS + "/" + runtime.GOARCH + "\\n")
	if len(os.Args) == 1 {
		return
	}
	child := exec.Command("/proc/self/exe", strings.Fields(strings.Repeat("x ", len(os.Args)-2))...)
	child.Stdout, child.Stderr = os.Stdout, os.Stderr
	if child.Run() != nil {
		os.Exit(1)
	}
}
`;

describe("emulation, as doctor tells it", () => {
  const services = useServices({ tools: [] });
  let context = "";
  before(async () => {
    context = mkdtempSync(join(services().dataDir, "context-"));
    writeFileSync(join(context, "main.go"), NESTED);
    const [GOOS, GOARCH] = foreign.platform.split("/");
    const env = { ...process.env, GOOS, GOARCH, CGO_ENABLED: "0", GOFLAGS: "", GOTOOLCHAIN: "local" };
    const built = await run("go", ["build", "-o", "nested", "main.go"], { cwd: context, env });
    assert.equal(built.code, 0, built.stderr);
  });

  const step = (...args: readonly string[]) => {
    writeFileSync(
      join(context, "Dockerfile"),
      `FROM scratch\nCOPY nested /\nRUN ${JSON.stringify(["/nested", ...args])}\n`,
    );
    const build = [
      "build",
      "--progress=plain",
      "--no-cache",
      "--frontend=dockerfile.v0",
      `--opt=platform=${foreign.platform}`,
    ];
    return run(
      services().toolchain.program("buildctl"),
      [...build, `--local=context=${context}`, `--local=dockerfile=${context}`],
      {
        env: { ...process.env, ...services().env },
      },
    );
  };
  const lines = (log: string) => log.split("\n").filter((line) => line.endsWith(` ${foreign.platform}`)).length;

  it("runs a step of the other platform", async function () {
    if (emulationInUse() === "none") this.skip();
    const { code, stderr } = await step();
    assert.equal(code, 0, stderr);
    assert.equal(lines(stderr), 1);
  });

  it("runs what a step starts in its turn, where the kernel emulates; and only there", async function () {
    if (emulationInUse() === "none") this.skip();
    const { code, stderr } = await step("a", "b");
    assert.equal(code === 0, emulationInUse() === "binfmt", stderr);
    assert.equal(lines(stderr), emulationInUse() === "binfmt" ? 3 : 1);
  });
});
