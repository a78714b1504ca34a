import assert from "node:assert/strict";
import { suite, test } from "node:test";
import type { Broker, Entry, NewEntry, Page, PageLimit } from "../../src/broker/broker.ts";
import type { RetentionOptions } from "../../src/broker/retention.ts";
import type { StoredSession } from "../../src/runtime/ports.ts";

/** A broker as the suite wants it. */
export interface BrokerSubject {
  readonly name: string;
  /** Opens one of its own for each test, with nothing in it. */
  readonly open: (retention?: RetentionOptions) => Promise<OpenBroker>;
}

interface OpenBroker {
  readonly broker: Broker;
  /** Lets time pass, for the broker. */
  readonly advance: (ms: number) => Promise<void>;
  /** Resolves when everybody who follows has been told everything. */
  readonly settle: () => Promise<void>;
}

const ALL: PageLimit = { entries: 1_000, bytes: 1_000_000 };
const MINUTE = 60_000;

/** Holds a broker to the contract in `src/broker/broker.ts`. */
export function brokerSuite(subject: BrokerSubject): void {
  suite(`the contract of brokers: ${subject.name}`, () => {
    const brokerTest = (
      name: string,
      body: (open: OpenBroker) => Promise<void>,
      retention?: RetentionOptions,
    ): void => {
      test(name, async () => {
        const open = await subject.open(retention);
        await body(open);
        await open.broker.close();
      });
    };

    brokerTest("a room that nobody wrote to has an empty log, and that log stays the same one", async ({ broker }) => {
      const head = await broker.head("lobby");
      assert.equal(head.offset, 0);
      assert.ok(Number.isSafeInteger(head.epoch) && head.epoch > 0);
      assert.deepEqual(await broker.head("lobby"), head);
      const page = await broker.read("lobby", head, ALL);
      assert.deepEqual(page, { epoch: head.epoch, after: 0, entries: [], hasMore: false });
    });

    brokerTest("what is appended is read, in order, as it was", async ({ broker }) => {
      const bytes = Uint8Array.of(0, 1, 255);
      const [first] = await broker.append("lobby", [{ payload: "héllo" }]);
      const [second, third] = await broker.append("lobby", [{ payload: bytes, text: "three bytes" }, { payload: "" }]);
      const { entries, epoch } = await broker.read("lobby", await start(broker), ALL);
      assert.deepEqual(entries.map(withoutTime), [
        { offset: first?.offset, previous: 0, payload: "héllo", byteLength: 6, text: undefined },
        { offset: second?.offset, previous: first?.offset, payload: bytes, byteLength: 3, text: "three bytes" },
        { offset: third?.offset, previous: second?.offset, payload: "", byteLength: 0, text: undefined },
      ]);
      assert.ok(
        entries.every(({ at }) => at > 1_500_000_000_000 && at < 10_000_000_000_000),
        "milliseconds since 1970",
      );
      assert.deepEqual(await broker.head("lobby"), { epoch, offset: third?.offset });
      assert.ok([first, second, third].every((position) => position?.epoch === epoch && !position.isRepeat));
    });

    brokerTest("any text is kept as it is, whatever characters are in it", async ({ broker }) => {
      const room = "room\0of\u{1f600}' --";
      const odd = ["a\0b", "\0", "\ufeffx", "\u{1f600}", "'; DROP TABLE rooms; --", "\r\n\u2028"];
      const entries = odd.map((text) => ({ payload: text, text, key: `\0${text}`, keepKeyMs: MINUTE }));
      const appended = await broker.append(room, entries);
      const page = await broker.read(room, await start(broker, room), ALL);
      assert.deepEqual(payloads(page), odd);
      assert.deepEqual(
        page.entries.map(({ text }) => text),
        odd,
      );
      assert.deepEqual(
        await broker.append(room, entries),
        appended.map((one) => ({ ...one, isRepeat: true })),
      );
      assert.equal((await broker.search(room, "drop table", 10)).length, 1);
    });

    brokerTest("keys belong to their rooms, whatever these are called", async ({ broker }) => {
      await broker.append("a\0b", [keyed("c", "one")]);
      const [other] = await broker.append("a", [keyed("b\0c", "two")]);
      assert.equal(other?.isRepeat, false);
    });

    brokerTest("rooms have logs of their own", async ({ broker }) => {
      await broker.append("red", texts("one"));
      await broker.append("blue", texts("two"));
      assert.deepEqual(payloads(await broker.read("red", await start(broker, "red"), ALL)), ["one"]);
      assert.deepEqual(payloads(await broker.read("blue", await start(broker, "blue"), ALL)), ["two"]);
    });

    brokerTest("appends that were begun one after the other are in the log in that order", async ({ broker }) => {
      const names = Array.from({ length: 50 }, (_, index) => `entry ${index}`);
      const appended = await Promise.all(names.map((name) => broker.append("lobby", texts(name))));
      const offsets = appended.map(([position]) => position?.offset ?? 0);
      assert.deepEqual(
        offsets,
        offsets.toSorted((a, b) => a - b),
      );
      assert.equal(new Set(offsets).size, 50);
      assert.deepEqual(payloads(await broker.read("lobby", await start(broker), ALL)), names);
    });

    brokerTest("a page ends at its limit of entries, or of bytes, but has at least one", async ({ broker }) => {
      await broker.append("lobby", texts("a".repeat(10), "b".repeat(10), "c".repeat(100), "d".repeat(10)));
      const from = await start(broker);
      const two = await broker.read("lobby", from, { entries: 2, bytes: 1_000 });
      assert.deepEqual([two.entries.length, two.hasMore], [2, true]);
      const byBytes = await broker.read("lobby", from, { entries: 10, bytes: 25 });
      assert.deepEqual([byBytes.entries.length, byBytes.hasMore], [2, true]);
      const large = await broker.read("lobby", positionAfter(two), { entries: 10, bytes: 25 });
      assert.deepEqual([large.entries.length, large.hasMore], [1, true]);
      const rest = await broker.read("lobby", positionAfter(large), { entries: 10, bytes: 25 });
      assert.deepEqual([payloads(rest), rest.hasMore], [["d".repeat(10)], false]);
    });

    brokerTest("pages follow each other: each begins after the one before", async ({ broker }) => {
      await broker.append("lobby", texts(...Array.from({ length: 20 }, (_, index) => String(index))));
      const seen: unknown[] = [];
      let page = await broker.read("lobby", await start(broker), { entries: 3, bytes: 1_000 });
      for (;;) {
        seen.push(...payloads(page));
        if (!page.hasMore) break;
        const after = positionAfter(page);
        page = await broker.read("lobby", after, { entries: 3, bytes: 1_000 });
        assert.equal(page.after, after.offset);
        assert.equal(page.entries[0]?.previous, after.offset);
      }
      assert.deepEqual(seen.map(Number), [...seen.keys()]);
      assert.equal(seen.length, 20);
    });

    brokerTest("nothing follows the head, or what lies beyond it", async ({ broker }) => {
      await broker.append("lobby", texts("one"));
      const { epoch, offset } = await broker.head("lobby");
      for (const ahead of [0, 10]) {
        const page = await broker.read("lobby", { epoch, offset: offset + ahead }, ALL);
        assert.deepEqual([page.entries, page.hasMore, page.after], [[], false, offset + ahead]);
      }
    });

    brokerTest("a position of another epoch is read from the beginning, and the page says so", async ({ broker }) => {
      await broker.append("lobby", texts("one", "two"));
      const { epoch } = await broker.head("lobby");
      const page = await broker.read("lobby", { epoch: epoch + 1, offset: 2 }, ALL);
      assert.deepEqual([page.epoch, page.after, payloads(page)], [epoch, 0, ["one", "two"]]);
    });

    brokerTest("back from the newest, or from an offset, oldest first within the page", async ({ broker }) => {
      await broker.append("lobby", texts("one", "two", "three", "four", "five"));
      const newest = await broker.readBack("lobby", undefined, { entries: 2, bytes: 1_000 });
      assert.deepEqual([payloads(newest), newest.hasMore], [["four", "five"], true]);
      assert.equal(newest.after, newest.entries[0]?.previous);
      const before = newest.entries[0]?.offset;
      const middle = await broker.readBack("lobby", before, { entries: 2, bytes: 1_000 });
      assert.deepEqual([payloads(middle), middle.hasMore], [["two", "three"], true]);
      const oldest = await broker.readBack("lobby", middle.entries[0]?.offset, { entries: 2, bytes: 1_000 });
      assert.deepEqual([payloads(oldest), oldest.hasMore, oldest.after], [["one"], false, 0]);
      const none = await broker.readBack("lobby", oldest.entries[0]?.offset, { entries: 2, bytes: 1_000 });
      assert.deepEqual([none.entries, none.hasMore], [[], false]);
      const byBytes = await broker.readBack("lobby", undefined, { entries: 10, bytes: 9 });
      assert.deepEqual(payloads(byBytes), ["four", "five"]);
    });

    brokerTest(
      "found are the entries that have all the words, the newest of them, oldest first",
      async ({ broker }) => {
        await broker.append("lobby", [
          ...texts("The quick brown fox", "a quick red fox", "Füchse fressen Hühner", "quick! fox?"),
          { payload: Uint8Array.of(102, 111, 120), text: "a fox, in bytes" },
          { payload: '{"quick":"fox"}', text: "somebody said something" },
          { payload: Uint8Array.of(102, 111, 120) },
        ]);
        await broker.append("elsewhere", texts("a quick fox in another room"));
        const find = async (words: string, limit = 10): Promise<unknown[]> => {
          return (await broker.search("lobby", words, limit)).map(({ payload, text }) => text ?? payload);
        };
        assert.deepEqual(await find("QUICK fox"), ["The quick brown fox", "a quick red fox", "quick! fox?"]);
        assert.deepEqual(await find("quick", 2), ["a quick red fox", "quick! fox?"]);
        assert.deepEqual(await find("a fo"), ["a quick red fox", "a fox, in bytes"]);
        assert.deepEqual(await find("fo a"), [], "only the last word may be a part of one");
        assert.deepEqual(await find("hühn fuchse"), []);
        assert.deepEqual(await find("fuchse HÜHN"), ["Füchse fressen Hühner"]);
        assert.deepEqual(await find("somebody"), ["somebody said something"]);
        for (const nothing of ["", " ", '"', "*", "'--", "NOT", "cat OR fox"])
          assert.deepEqual(await find(nothing), []);
        assert.deepEqual(await broker.search("never heard of", "fox", 10), []);
        await broker.append("lobby", texts("the newest fox"));
        assert.deepEqual(await find("newest"), ["the newest fox"]);
        const [{ at: _, ...entry } = {}] = await broker.search("lobby", "newest", 1);
        assert.deepEqual(entry, (await broker.readBack("lobby", undefined, ALL)).entries.map(withoutTime).at(-1));
      },
    );

    brokerTest(
      "what has been trimmed away is not found",
      async ({ broker }) => {
        await broker.append("lobby", texts("fox one", "fox two"));
        assert.equal((await broker.search("lobby", "fox", 10)).length, 2);
        await broker.append("lobby", texts("fox three", "fox four"));
        const found = await broker.search("lobby", "fox", 10);
        assert.deepEqual(
          found.map(({ payload }) => payload),
          ["fox three", "fox four"],
        );
      },
      { maxEntries: 2 },
    );

    brokerTest("a broker can be opened any number of times, and gives the same key", async ({ broker }) => {
      const { signingKey } = await broker.open();
      assert.equal(signingKey.byteLength, 32);
      assert.deepEqual((await broker.open()).signingKey, signingKey);
    });

    brokerTest("an entry whose key is known is not appended again", async ({ broker }) => {
      const [first] = await broker.append("lobby", [keyed("k1", "one")]);
      await broker.append("lobby", texts("between"));
      const [again] = await broker.append("lobby", [keyed("k1", "one")]);
      assert.deepEqual(again, { epoch: first?.epoch, offset: first?.offset, isRepeat: true, isMismatch: false });
      const [other] = await broker.append("lobby", [keyed("k1", "something else")]);
      assert.deepEqual(other, { epoch: first?.epoch, offset: first?.offset, isRepeat: true, isMismatch: true });
      assert.deepEqual(payloads(await broker.read("lobby", await start(broker), ALL)), ["one", "between"]);
    });

    brokerTest("a repetition is compared by its bytes, and text is not bytes", async ({ broker }) => {
      await broker.append("lobby", [{ payload: Uint8Array.of(1, 2, 3), key: "k", keepKeyMs: MINUTE }]);
      const [same] = await broker.append("lobby", [{ payload: Uint8Array.of(1, 2, 3), key: "k", keepKeyMs: MINUTE }]);
      assert.deepEqual([same?.isRepeat, same?.isMismatch], [true, false]);
      const [other] = await broker.append("lobby", [{ payload: Uint8Array.of(1, 2, 4), key: "k", keepKeyMs: MINUTE }]);
      assert.deepEqual([other?.isRepeat, other?.isMismatch], [true, true]);
      const [text] = await broker.append("lobby", [keyed("k", "\u0001\u0002\u0003")]);
      assert.deepEqual([text?.isRepeat, text?.isMismatch], [true, true]);
    });

    brokerTest("a key repeated within one append counts once; keys are each room's own", async ({ broker }) => {
      const appended = await broker.append("red", [keyed("k", "one"), keyed("k", "one"), keyed("l", "two")]);
      assert.deepEqual(
        appended.map(({ isRepeat }) => isRepeat),
        [false, true, false],
      );
      assert.equal(appended[1]?.offset, appended[0]?.offset);
      const [elsewhere] = await broker.append("blue", [keyed("k", "one")]);
      assert.equal(elsewhere?.isRepeat, false);
    });

    brokerTest(
      "a key is known for as long as was asked, and longer when it is renewed or repeated",
      async ({ broker, advance }) => {
        await broker.append("lobby", [keyed("kept", "a"), keyed("renewed", "b")]);
        await advance(MINUTE - 1);
        await broker.renewKeys("lobby", ["renewed", "never heard of"], MINUTE);
        const [kept] = await broker.append("lobby", [keyed("kept", "a")]);
        assert.equal(kept?.isRepeat, true);
        await advance(MINUTE - 1);
        const [renewed] = await broker.append("lobby", [keyed("renewed", "b")]);
        assert.equal(renewed?.isRepeat, true);
        const [repeated] = await broker.append("lobby", [keyed("kept", "a")]);
        assert.equal(repeated?.isRepeat, true);
      },
    );

    brokerTest("times to keep things need not be whole numbers", async ({ broker }) => {
      const entry = { payload: "one", key: "k", keepKeyMs: MINUTE / 7 };
      await broker.append("lobby", [entry]);
      await broker.renewKeys("lobby", ["k"], MINUTE / 7);
      assert.equal((await broker.append("lobby", [entry]))[0]?.isRepeat, true);
      await broker.sessions.put("s1", tombstone("one"), MINUTE / 7);
      assert.deepEqual(await broker.sessions.get("s1"), tombstone("one"));
    });

    brokerTest("who follows gets what is there, and what comes, each once and in order", async ({ broker, settle }) => {
      await broker.append("lobby", texts("before"));
      const position = await broker.head("lobby");
      await broker.append("lobby", texts("one", "two"));
      const heard: Entry[] = [];
      const follow = await broker.follow("lobby", position, (entries) => heard.push(...entries));
      await Promise.all([broker.append("lobby", texts("three")), broker.append("lobby", texts("four"))]);
      await broker.append("elsewhere", texts("not for this one"));
      await settle();
      assert.deepEqual(heard, (await broker.read("lobby", position, ALL)).entries);
      assert.deepEqual(
        heard.map(({ payload }) => payload),
        ["one", "two", "three", "four"],
      );
      follow.close();
      await broker.append("lobby", texts("five"));
      await settle();
      assert.equal(heard.length, 4, "closed");
    });

    brokerTest("any number may follow, and one that closes does not disturb the others", async ({ broker, settle }) => {
      const position = await broker.head("lobby");
      const heard: [unknown[], unknown[]] = [[], []];
      const listeners = heard.map((list) => (entries: readonly Entry[]) => {
        for (const { payload } of entries) list.push(payload);
      });
      const follows = await Promise.all(listeners.map((listener) => broker.follow("lobby", position, listener)));
      await broker.append("lobby", texts("one"));
      await settle();
      follows[0]?.close();
      await broker.append("lobby", texts("two"));
      await settle();
      assert.deepEqual(heard, [["one"], ["one", "two"]]);
    });

    brokerTest("a repeated entry is not delivered again", async ({ broker, settle }) => {
      const heard: Entry[] = [];
      await broker.follow("lobby", await broker.head("lobby"), (entries) => heard.push(...entries));
      await broker.append("lobby", [keyed("k", "one")]);
      await broker.append("lobby", [keyed("k", "one")]);
      await settle();
      assert.equal(heard.length, 1);
    });

    brokerTest("a log of another epoch cannot be followed", async ({ broker }) => {
      const { epoch, offset } = await broker.head("lobby");
      await assert.rejects(
        broker.follow("lobby", { epoch: epoch + 1, offset }, () => {}),
        Error,
      );
    });

    brokerTest(
      "of a room only so many entries are kept, and a page says from where on",
      async ({ broker }) => {
        await broker.append("lobby", texts(...Array.from({ length: 12 }, (_, index) => String(index))));
        const page = await broker.read("lobby", await start(broker), ALL);
        assert.deepEqual(payloads(page), ["7", "8", "9", "10", "11"]);
        assert.equal(page.after, page.entries[0]?.previous);
        assert.ok(page.after > 0);
        const back = await broker.readBack("lobby", undefined, ALL);
        assert.deepEqual([back.entries, back.hasMore, back.after], [page.entries, false, page.after]);
      },
      { maxEntries: 5 },
    );

    brokerTest(
      "of a room only so many bytes are kept, and the newest entry in any case",
      async ({ broker }) => {
        await broker.append("lobby", texts("a".repeat(40), "b".repeat(40), "c".repeat(40)));
        assert.deepEqual(payloads(await broker.readBack("lobby", undefined, ALL)), ["b".repeat(40), "c".repeat(40)]);
        await broker.append("lobby", texts("d".repeat(500)));
        assert.deepEqual(payloads(await broker.readBack("lobby", undefined, ALL)), ["d".repeat(500)]);
      },
      { maxBytes: 100 },
    );

    brokerTest(
      "of a room only what is young enough is kept; the head stays where it is",
      async ({ broker, advance }) => {
        await broker.append("lobby", texts("one", "two"));
        const head = await broker.head("lobby");
        await advance(2 * MINUTE);
        await broker.append("elsewhere", texts("time is noticed when something happens"));
        const page = await broker.read("lobby", await start(broker), ALL);
        assert.deepEqual([page.entries, page.hasMore, page.after], [[], false, head.offset]);
        const [next] = await broker.append("lobby", texts("three"));
        assert.ok((next?.offset ?? 0) > head.offset);
        assert.equal((await broker.read("lobby", head, ALL)).entries[0]?.previous, head.offset);
      },
      { maxAgeMs: MINUTE },
    );

    brokerTest(
      "a room of which something else is said keeps that much, whatever the others keep",
      async ({ broker, advance }) => {
        const kept = async (room: string): Promise<number> =>
          (await broker.readBack(room, undefined, ALL)).entries.length;
        const rooms = ["lobby", "alerts/disk", "alerts/night/1", "alerts/night", "news", "log"];
        for (const room of rooms) await broker.append(room, texts(..."abcdefgh"));
        assert.deepEqual(await Promise.all(rooms.map(kept)), [5, 3, 2, 1, 5, 4]);
        await advance(2 * MINUTE);
        await broker.append("elsewhere", texts("time is noticed when something happens"));
        assert.deepEqual(await Promise.all(rooms.map(kept)), [5, 3, 2, 1, 0, 4]);
      },
      {
        maxEntries: 5,
        rooms: {
          "alerts/*": { maxEntries: 3 },
          "alerts/night/*": { maxEntries: 2 },
          "alerts/night": { maxEntries: 1 },
          news: { maxAgeMs: MINUTE },
          log: { maxEntries: 1_000, maxBytes: 4 },
        },
      },
    );

    brokerTest("sessions are stored whole, replaced, and deleted", async ({ broker }) => {
      const { sessions } = broker;
      assert.equal(await sessions.get("s1"), undefined);
      await sessions.put("s1", tombstone("first"), MINUTE);
      await sessions.put("s2", tombstone("other"), MINUTE);
      assert.deepEqual(await sessions.get("s1"), tombstone("first"));
      await sessions.put("s1", tombstone("second"), MINUTE);
      assert.deepEqual(await sessions.get("s1"), tombstone("second"));
      await sessions.delete("s1");
      assert.equal(await sessions.get("s1"), undefined);
      assert.deepEqual(await sessions.get("s2"), tombstone("other"));
    });

    brokerTest("a session is kept for as long as was asked since it was put last", async ({ broker, advance }) => {
      const { sessions } = broker;
      await sessions.put("s1", tombstone("one"), MINUTE);
      await advance(MINUTE - 1);
      assert.deepEqual(await sessions.get("s1"), tombstone("one"));
      await sessions.put("s1", tombstone("two"), MINUTE);
      await advance(MINUTE - 1);
      assert.deepEqual(await sessions.get("s1"), tombstone("two"));
    });

    test("a closed broker refuses, and tells nobody anything", async () => {
      const { broker, settle } = await subject.open();
      const heard: Entry[] = [];
      await broker.follow("lobby", await broker.head("lobby"), (entries) => heard.push(...entries));
      await broker.close();
      await assert.rejects(broker.append("lobby", texts("too late")), Error);
      await settle();
      assert.deepEqual(heard, []);
    });
  });
}

async function start(broker: Broker, room = "lobby"): Promise<{ epoch: number; offset: number }> {
  return { epoch: (await broker.head(room)).epoch, offset: 0 };
}

function texts(...payloads: string[]): NewEntry[] {
  return payloads.map((payload) => ({ payload }));
}

function keyed(key: string, payload: string): NewEntry {
  return { payload, key, keepKeyMs: MINUTE };
}

function payloads(page: Page): unknown[] {
  return page.entries.map(({ payload }) => payload);
}

function positionAfter(page: Page): { epoch: number; offset: number } {
  return { epoch: page.epoch, offset: page.entries.at(-1)?.offset ?? page.after };
}

function withoutTime({ at: _, ...entry }: Entry): Omit<Entry, "at"> {
  return entry;
}

function tombstone(reason: string): StoredSession {
  return { kind: "tombstone", close: { code: 1000, reason, retryAfterMs: 0, sent: 1, received: 2, by: "client" } };
}
