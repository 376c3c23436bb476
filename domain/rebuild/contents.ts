/** Numbers for what digests hold: two digests with the same contents have one number. 0 stands for no digest. */
export class Contents {
  private readonly numbers = new Map<string, number>();
  /** Digests of which more is known than that they hold themselves. */
  private readonly known = new Map<string, string>();

  /** Learns what a digest holds. Returns false where a number given before would now be another one. */
  learn(digest: string, contents: string): boolean {
    const before = this.known.get(digest);
    if (before !== undefined) return before === contents;
    if (contents === digest) return true;
    if (this.numbers.has(digest)) return false;
    this.known.set(digest, contents);
    return true;
  }

  of(digest: string): number {
    const contents = this.known.size === 0 ? digest : (this.known.get(digest) ?? digest);
    let number = this.numbers.get(contents);
    if (number === undefined) {
      number = this.numbers.size + 1;
      this.numbers.set(contents, number);
    }
    return number;
  }
}
