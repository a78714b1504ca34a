import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { ByteReader, ByteWriter, viewOf } from "../../../src/protocol/bytes.ts";
import { ProtocolError } from "../../../src/protocol/protocol-error.ts";
import { bytesOf, hexOf } from "../../frames.ts";

suite("ByteWriter", () => {
  test("moves what waits into memory of its own, and goes on there, or grows", () => {
    const writer = new ByteWriter();
    writer.byte(1);
    const slab = writer.view().buffer;
    writer.moveOut();
    assert.notEqual(writer.view().buffer, slab);
    assert.ok(writer.view().buffer.byteLength <= 2);
    for (let count = 2; count <= 1_000; count += 1) {
      writer.beginFrame(count & 0xff);
      writer.varint(count);
      writer.endFrame();
      writer.moveOut();
      assert.ok(writer.view().buffer.byteLength <= 2 * writer.length + 256);
    }
    const taken = writer.take();
    assert.equal(hexOf(taken.subarray(0, 5)), "0102020202");
    assert.equal(hexOf(taken.subarray(-4)), "03e8e807");
    const next = new ByteWriter();
    next.byte(9);
    assert.equal(hexOf(next.take()), "09");
  });

  test("writes fields one after the other", () => {
    const writer = new ByteWriter();
    writer.byte(7);
    writer.varint(300);
    writer.string("é!");
    writer.bytes(Uint8Array.of(1, 2));
    writer.payload("ok");
    writer.payload(Uint8Array.of(3));
    assert.equal(writer.length, 12);
    assert.equal(hexOf(writer.view()), "07ac0203c3a92101026f6b03");
    assert.equal(hexOf(writer.take()), "07ac0203c3a92101026f6b03");
    assert.equal(writer.length, 0);
    assert.equal(hexOf(writer.take()), "");
  });

  for (const [length, hint] of [
    [0, 0],
    [126, 0],
    [127, 0],
    [127, 126],
    [16_382, 16_382],
    [16_383, 16_382],
    [16_383, 0],
    [5, 16_384],
    [5, 2_097_152],
    [100_000, 3],
  ] as const) {
    test(`a frame of ${length} bytes that was expected to have ${hint} has the shortest length before it`, () => {
      const writer = new ByteWriter();
      writer.byte(0xaa);
      writer.beginFrame(9, hint);
      writer.bytes(new Uint8Array(length).fill(0x62));
      writer.endFrame();
      writer.byte(0xbb);
      const reader = new ByteReader(writer.take());
      assert.equal(reader.byte(), 0xaa);
      assert.equal(reader.varint(), length + 1);
      assert.equal(reader.byte(), 9);
      assert.deepEqual(reader.bytes(length), new Uint8Array(length).fill(0x62));
      assert.equal(reader.byte(), 0xbb);
      assert.equal(reader.remaining, 0);
    });
  }

  test("never writes again to memory that it handed over", () => {
    const writers = [new ByteWriter(), new ByteWriter(), new ByteWriter()];
    const taken: { bytes: Uint8Array; expected: string }[] = [];
    for (let turn = 0; turn < 5_000; turn++) {
      const writer = writers[turn % 3] as ByteWriter;
      const length = (turn * 7_919) % (turn % 50 === 0 ? 40_000 : 300);
      writer.bytes(new Uint8Array(length).fill(turn));
      if (turn % 4 === 0) taken.push({ expected: hexOf(writer.view()), bytes: writer.take() });
    }
    for (const { bytes, expected } of taken) assert.equal(hexOf(bytes), expected);
  });

  test("small writes of many writers share their memory", () => {
    const slabs = new Set<ArrayBufferLike>();
    for (let index = 0; index < 1_000; index++) {
      const writer = new ByteWriter();
      writer.bytes(new Uint8Array(64));
      slabs.add(writer.take().buffer);
    }
    assert.ok(slabs.size <= 4, `${slabs.size} allocations`);
  });

  test("a batch like the last one takes no memory but the slab's", () => {
    const slabs = new Set<ArrayBufferLike>();
    const writer = new ByteWriter();
    for (let batch = 0; batch < 100; batch++) {
      for (let index = 0; index < 64; index++) writer.payload("x".repeat(70));
      slabs.add(writer.take().buffer);
    }
    const most = (100 * 64 * 70) / 32_768;
    assert.ok(slabs.size < 1.5 * most, `${slabs.size} allocations`);
  });

  test("pins little more memory than it wrote, also after a burst", () => {
    const writer = new ByteWriter();
    writer.bytes(new Uint8Array(1_000_000));
    assert.ok(writer.take().buffer.byteLength <= 2_000_000);
    for (let turn = 0; turn < 10; turn++) {
      writer.byte(1);
      assert.ok(writer.take().buffer.byteLength <= 64 * 1_024);
    }
  });

  test("a large batch of small writes is copied seldom", () => {
    const writer = new ByteWriter();
    const arrays = new Set<ArrayBufferLike>();
    for (let index = 0; index < 100_000; index++) {
      writer.payload("0123456789");
      if (index % 10 === 0) arrays.add(writer.view().buffer);
    }
    assert.equal(writer.length, 1_000_000);
    assert.ok(arrays.size < 20, `${arrays.size} allocations`);
    assert.equal(Buffer.from(writer.take()).toString(), "0123456789".repeat(100_000));
  });
});

suite("ByteReader", () => {
  test("reads fields one after the other, within its bounds", () => {
    const reader = new ByteReader(bytesOf("ff 07 ac02 03c3a921 0102 0304 ff"), 1, 12);
    assert.equal(reader.byte(), 7);
    assert.equal(reader.varint(), 300);
    assert.equal(reader.string(), "é!");
    assert.deepEqual(reader.bytes(2), Uint8Array.of(1, 2));
    assert.deepEqual([reader.position, reader.remaining], [10, 2]);
    assert.deepEqual(reader.rest(), Uint8Array.of(3, 4));
    assert.equal(reader.remaining, 0);
    assert.throws(() => reader.byte(), ProtocolError);
  });

  for (const [name, hex, read] of [
    ["a byte", "", (reader) => reader.byte()],
    ["an integer", "80", (reader) => reader.varint()],
    ["a string's length", "80", (reader) => reader.string()],
    ["a string", "026f", (reader) => reader.string()],
    ["bytes", "0102", (reader) => reader.bytes(3)],
  ] as [string, string, (reader: ByteReader) => unknown][]) {
    test(`bytes that end within ${name} break §5.5`, () => {
      assert.throws(() => read(new ByteReader(bytesOf(hex))), { name: "ProtocolError", clause: "§5.5" });
    });
  }

  for (const hex of ["8000", "ff8000", "8080808080808010", "ffffffffffffffff01"]) {
    test(`the integer ${hex} breaks §5.1`, () => {
      assert.throws(() => new ByteReader(bytesOf(hex)).varint(), { name: "ProtocolError", clause: "§5.1" });
    });
  }
});

test("a view is a plain Uint8Array, also of a Buffer", () => {
  const buffer = Buffer.from("hello");
  const view = viewOf(buffer, 1, 3);
  assert.deepEqual(view, Uint8Array.from([0x65, 0x6c]));
  buffer[1] = 0x61;
  assert.equal(view[0], 0x61);
});
