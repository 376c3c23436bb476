import { execFile } from "node:child_process";
import { promisify } from "node:util";

describe("release-notes", () => {
  it("reads changelogs (its build runs the other tests, which need the locked packages)", async () => {
    const env = { ...process.env, PYTHONPATH: "images/release-notes", PYTHONDONTWRITEBYTECODE: "1" };
    const command = [
      "-m",
      "unittest",
      "discover",
      "--start-directory=images/release-notes/tests",
      "--pattern=test_changelog.py",
    ];
    await promisify(execFile)("python3", command, { env });
  });
});
