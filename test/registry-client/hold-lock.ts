import { withMachineLock } from "../../provider/registry/machine-lock.js";

/** Started by a test as a process of its own: `hold-lock NAME` says that it holds the lock, and holds it for ever. */
withMachineLock(
  process.argv[2] ?? "",
  () => {
    console.log("held");
    return new Promise(() => setInterval(() => {}, 1000));
  },
  undefined,
);
