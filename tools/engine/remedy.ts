/** What to do about a full disk. */
export const makeRoom =
  "The disk is full. Make room, or remove all that the factory keeps in this checkout with `npm run clean`; then run the command again: it goes on from there.";

/** A snapshot that BuildKit's database names is not there, as after a full disk: no other database knows it, or its folder is gone. */
export const lostSnapshot =
  /snapshot \S+ does not exist: not found|\/snapshots\/\d+(\/\S*)?: no such file or directory/;

/** Faults of the machine or the network, as BuildKit, crane and docker-build word them. */
const remedies: readonly (readonly [fault: RegExp, remedy: string])[] = [
  [/no space left on device|disk quota exceeded/, makeRoom],
  [
    lostSnapshot,
    "The builder misses parts of its cache, as after a full disk. Empty it with `buildctl prune --all`, and run the command again; `npm run up` does both by itself.",
  ],
  [
    /exited prematurely/,
    "A part of the factory was killed, most often because memory ran out. Run the command again: it goes on from there.",
  ],
  [
    /no builder "[^"]*" found/,
    "Name a buildx builder that is there as factory:builder in the stack's configuration (`buildx ls` lists them), and run the command again.",
  ],
  [
    // docker-build waits for a builder that is gone until its deadline.
    /connection refused|connection reset|broken pipe|context deadline exceeded|i\/o timeout|: (unexpected )?EOF$|closed the connection|error reading from server/,
    "The registry or the builder did not answer, or broke off; `npm run doctor` shows how they are. Run the command again: it starts those of this machine and goes on from there.",
  ],
];

/** What to do about a fault that says only what happened; undefined where it lies in what is built. */
export function remedyOf(text: string): string | undefined {
  return remedies.find(([fault]) => fault.test(text))?.[1];
}
