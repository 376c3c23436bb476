import { ensureLocalKey } from "../../provider/signing/local-key.js";

/** Started by a test as a process of its own: `make-key FOLDER` prints whether it made the key. */
ensureLocalKey(process.argv[2] ?? "").then((made) => console.log(made));
