/** A word that BuildKit would refuse; the message is the reason. */
export class WordError extends Error {
  override readonly name = "WordError";
}
