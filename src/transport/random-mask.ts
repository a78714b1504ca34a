import { randomFillSync } from "node:crypto";

const pool = new Uint32Array(256);
let used = pool.length;

/** 32 bits that nobody can predict, to mask one frame with (RFC 6455 §5.3). Asked for in bulk: one at a time is dear. */
export function randomMask(): number {
  if (used === pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  return (pool[used++] as number) | 0;
}
