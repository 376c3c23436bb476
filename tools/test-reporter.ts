import { reporters } from "mocha";

/** Mocha's `spec` report, closed by one line for machines: `12 passed, 0 failed`. */
class TestReporter extends reporters.Spec {
  override epilogue(): void {
    super.epilogue();
    console.log(`${this.stats.passes} passed, ${this.stats.failures} failed`);
  }
}

// Mocha loads a reporter as the module itself.
module.exports = TestReporter;
