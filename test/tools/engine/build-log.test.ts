import assert from "node:assert/strict";
import { BuildLog } from "../../../tools/engine/build-log.js";

function read(text: string): BuildLog {
  const log = new BuildLog();
  for (const line of text.split("\n")) log.take(`${line}\n`);
  return log;
}

describe("the log of a build", () => {
  it("names the step that failed and what it wrote, though others run beside it", () => {
    const log = read(`#16 [linux/arm64 build 2/3] RUN make
#17 [linux/amd64 build  7/10] RUN ["node", "build.js"]
#17 0.131 compiling
#16 0.200 fine so far
#17 0.140 main.c:3: error
#17 ERROR: process "node build.js" did not complete successfully: exit code: 3
#16 CANCELED`);
    assert.deepEqual(log.failed, {
      instruction: 'RUN ["node", "build.js"]',
      output: ["compiling", "main.c:3: error"],
    });
  });

  it("keeps the last lines of a long output", () => {
    const lines = Array.from({ length: 1000 }, (_, line) => `#3 1.5 line ${line}`);
    const log = read(["#3 [stage-0 1/1] RUN seq", ...lines, "#3 ERROR: no"].join("\n"));
    assert.equal(log.failed?.output.length, 20);
    assert.equal(log.failed?.output.at(-1), "line 999");
  });

  it("of a build that went well names none", () => {
    assert.equal(read("#1 [internal] load build definition\n#1 DONE 0.0s\n#2 CACHED\nnot a step").failed, undefined);
  });
});
