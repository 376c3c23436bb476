/**
 * Says that this process has loaded what it can, and goes on when whoever started it says so, by a line on standard input. Until
 * then it listens on no port: another user of the machine could have it run whatever he likes.
 */
export function whenCalled(go: () => void): void {
  console.log("waiting");
  process.stdin.once("data", go);
}
