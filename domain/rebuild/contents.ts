/** Numbers for what digests hold: two digests with the same contents have one number. 0 stands for no digest. */
export class Contents {
  private readonly numbers = new Map<string, number>();
  private readonly byDigest = new Map<string, number>();

  /** Learns what a digest holds; false where something else was said, or assumed, of it before. */
  learn(digest: string, contents = digest): boolean {
    const number = this.number(contents);
    const known = this.byDigest.get(digest);
    if (known === undefined) this.byDigest.set(digest, number);
    return known === undefined || known === number;
  }

  of(digest: string): number {
    let number = this.byDigest.get(digest);
    if (number === undefined) {
      number = this.number(digest);
      this.byDigest.set(digest, number);
    }
    return number;
  }

  private number(contents: string): number {
    let number = this.numbers.get(contents);
    if (number === undefined) {
      number = this.numbers.size + 1;
      this.numbers.set(contents, number);
    }
    return number;
  }
}
