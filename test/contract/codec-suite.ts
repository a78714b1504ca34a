import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import fc from "fast-check";
import type { Codec } from "../../src/protocol/codec.ts";
import { ProtocolError } from "../../src/protocol/protocol-error.ts";
import { cutAt, cutEverywhere, cuts } from "../chunking.ts";

/** A codec as the suite wants it: how it is made, and bytes to try it with. */
export interface CodecSubject<Unit> {
  readonly name: string;
  /** Makes a codec that takes units of at most `maxUnitBytes`. */
  readonly create: (maxUnitBytes: number) => Codec<Unit>;
  /** What a unit says, for comparing. Called late, so that it shows whether a unit stayed as it was. */
  readonly describe: (unit: Unit) => unknown;
  /** Bytes that hold whole units, each of at most 1,000 bytes. */
  readonly units: fc.Arbitrary<Uint8Array>;
  /** Bytes that are mostly wrong, but not so wrong that the first one tells. */
  readonly garbage: fc.Arbitrary<Uint8Array>;
  /** A unit whose content is `length` bytes. */
  readonly unitOf: (length: number) => Uint8Array;
  /** The beginning of a unit which announces that `length` bytes follow; if the form announces nothing, none. */
  readonly announcementOf?: (length: number) => Uint8Array;
  /** Whether the end of the input also ends a unit. */
  readonly endsUnits?: boolean;
}

const MAX_UNIT_BYTES = 1_000;
const KIB = 1_024;

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

function collectGarbage(): void {
  collect();
  // Arrays are freed by another thread; a second collection waits until the first one's are.
  collect();
}

/** Holds a codec to the contract in `src/protocol/codec.ts`. */
export function codecSuite<Unit>(subject: CodecSubject<Unit>): void {
  suite(`the contract of codecs: ${subject.name}`, () => {
    test("any chunking of good bytes gives the same units", () => {
      fc.assert(
        fc.property(subject.units, cuts, (bytes, fractions) => {
          const whole = decode(subject, [Uint8Array.from(bytes)]);
          assert.equal(whole.failure, undefined);
          assert.deepEqual(decode(subject, cutAt(bytes, fractions)), whole);
          assert.deepEqual(decode(subject, cutEverywhere(bytes)), whole);
        }),
      );
    });

    test("any chunking of any bytes gives the same units and the same ProtocolError, or none", () => {
      const anything = fc.oneof(subject.garbage, fc.uint8Array({ maxLength: 100 }));
      fc.assert(
        fc.property(anything, cuts, (bytes, fractions) => {
          const whole = decode(subject, [Uint8Array.from(bytes)]);
          assert.deepEqual(decode(subject, cutAt(bytes, fractions)), whole);
          assert.deepEqual(decode(subject, cutEverywhere(bytes)), whole);
        }),
        { numRuns: 1_000 },
      );
    });

    test("units may be taken late: chunks wait for as long as need be", () => {
      fc.assert(
        fc.property(subject.units, cuts, (bytes, fractions) => {
          const codec = subject.create(MAX_UNIT_BYTES);
          for (const chunk of cutAt(bytes, fractions)) codec.push(chunk);
          const units = takeAll(codec);
          codec.end();
          units.push(...takeAll(codec));
          assert.deepEqual(units.map(subject.describe), decode(subject, [Uint8Array.from(bytes)]).units);
        }),
      );
    });

    test("input that ends within a unit is a ProtocolError, unless the end is as good as any", () => {
      const unit = subject.unitOf(20);
      for (let length = 0; length <= unit.length; length++) {
        const codec = subject.create(MAX_UNIT_BYTES);
        codec.push(unit.slice(0, length));
        takeAll(codec);
        if (subject.endsUnits || length === 0 || length === unit.length) codec.end();
        else assert.throws(() => codec.end(), ProtocolError, `after ${length} bytes`);
      }
    });

    test("a unit over the limit is refused as too big, one at the limit is not", () => {
      const fits = decode(subject, [subject.unitOf(MAX_UNIT_BYTES)]);
      assert.equal(fits.units.length, 1);
      for (const cut of [(bytes: Uint8Array) => [bytes], cutEverywhere]) {
        const { units, failure } = decode(subject, cut(subject.unitOf(MAX_UNIT_BYTES + 1)));
        assert.deepEqual([units.length, failure?.closeName], [0, "message-too-big"]);
      }
    });

    test("a codec that waits for more keeps no chunk", () => {
      const unit = subject.unitOf(20);
      const codecs: Codec<Unit>[] = [];
      const bytes = bytesHeldBy(() => {
        for (let made = 0; made < 100; made++) {
          const codec = subject.create(MAX_UNIT_BYTES);
          const chunk = new Uint8Array(64 * KIB);
          // Whole units to the end, but for a few bytes of the last one.
          const start = chunk.length % unit.length;
          const units = chunk.subarray(start + (made % unit.length));
          for (let at = 0; at < units.length; at += unit.length) units.set(unit.subarray(0, units.length - at), at);
          codec.push(units);
          takeAll(codec);
          codecs.push(codec);
        }
      });
      assert.equal(codecs.length, 100);
      assert.ok(bytes < 1_600 * KIB, `${bytes} bytes are held`);
    });

    const { announcementOf } = subject;
    if (announcementOf === undefined) return;

    test("nothing is allocated for what was only announced", () => {
      const length = 16 * KIB * KIB;
      const codecs: Codec<Unit>[] = [];
      const bytes = bytesHeldBy(() => {
        for (let made = 0; made < 100; made++) {
          const codec = subject.create(length);
          codec.push(announcementOf(length));
          assert.equal(codec.next(), undefined);
          codec.push(Uint8Array.of(0x61));
          assert.equal(codec.next(), undefined);
          codecs.push(codec);
        }
      });
      assert.equal(codecs.length, 100);
      assert.ok(bytes < 1_600 * KIB, `${bytes} bytes are held`);
    });
  });
}

interface Outcome {
  /** What each unit says, after all of the input has gone through. */
  readonly units: readonly unknown[];
  readonly failure: { readonly closeName: string; readonly message: string } | undefined;
}

function decode<Unit>(subject: CodecSubject<Unit>, chunks: readonly Uint8Array[]): Outcome {
  const codec = subject.create(MAX_UNIT_BYTES);
  const units: Unit[] = [];
  const outcome = (failure: Outcome["failure"]): Outcome => ({ units: units.map(subject.describe), failure });
  try {
    for (const chunk of chunks) {
      codec.push(chunk);
      takeAll(codec, units);
    }
    codec.end();
    takeAll(codec, units);
    return outcome(undefined);
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    return outcome({ closeName: error.closeName, message: error.message });
  }
}

function takeAll<Unit>(codec: Codec<Unit>, units: Unit[] = []): Unit[] {
  for (let unit = codec.next(); unit !== undefined; unit = codec.next()) units.push(unit);
  return units;
}

/** How much more memory of arrays is held after `act` than before. */
function bytesHeldBy(act: () => void): number {
  collectGarbage();
  const before = process.memoryUsage().arrayBuffers;
  act();
  collectGarbage();
  return process.memoryUsage().arrayBuffers - before;
}
