import type { StoredSession } from "../../runtime/ports.ts";
import type { SessionRecord } from "../../session/record.ts";

type Unacknowledged = SessionRecord["unacknowledged"][number];
/** A message as JSON has it: bytes are base64, under a name of their own. */
type Written = Omit<Unacknowledged, "payload"> & { readonly payload?: string; readonly base64?: string };

/** A record or a tombstone as text, which whoever opens the file can read. */
export function formatSession(stored: StoredSession): string {
  if (stored.kind === "tombstone") return JSON.stringify(stored);
  const { record } = stored;
  const unacknowledged = record.unacknowledged.map(({ payload, ...message }): Written => {
    if (typeof payload === "string") return { ...message, payload };
    const { buffer, byteOffset, byteLength } = payload;
    return { ...message, base64: Buffer.from(buffer, byteOffset, byteLength).toString("base64") };
  });
  return JSON.stringify({ kind: "record", record: { ...record, unacknowledged } });
}

export function parseSession(text: string): StoredSession {
  const stored = JSON.parse(text) as StoredSession;
  if (stored.kind === "tombstone") return stored;
  const { record } = stored;
  const written = record.unacknowledged as readonly Written[];
  const unacknowledged = written.map(({ payload, base64, ...message }) => ({
    ...message,
    payload: payload ?? Uint8Array.from(Buffer.from(base64 ?? "", "base64")),
  }));
  // What was undefined is not in JSON.
  const { identity, state, ending } = record;
  return { kind: "record", record: { ...record, identity, state, ending, unacknowledged } };
}
