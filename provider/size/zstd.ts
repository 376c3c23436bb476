import { Transform, type TransformCallback } from "node:stream";
import zlib from "node:zlib";
import { Decompress } from "fzstd";

/** Decompresses zstd: as Node does since 22.15, and before that in JavaScript. */
export function createZstdDecompress(): Transform {
  if ("createZstdDecompress" in zlib) {
    return (zlib as { createZstdDecompress: () => Transform }).createZstdDecompress();
  }
  return new ZstdDecompress();
}

class ZstdDecompress extends Transform {
  readonly #decoder = new Decompress((chunk) => this.push(chunk));

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    this.#decode(chunk, false, done);
  }

  override _flush(done: TransformCallback): void {
    this.#decode(new Uint8Array(), true, done);
  }

  #decode(chunk: Uint8Array, last: boolean, done: TransformCallback): void {
    try {
      this.#decoder.push(chunk, last);
    } catch (error) {
      done(error as Error);
      return;
    }
    done();
  }
}
