import type { Gap } from "bowline/client";

const REASONS: { readonly [Reason in Gap["reason"]]: string } = {
  trimmed: "the server does not have them any more",
  "log-replaced": "the server has begun the room's log anew, as after a restart",
  policy: "the server has passed over them",
  "server-restarted": "the server was restarted",
  missed: "the server could not deliver them",
};

/** What is missing, and why, for people. */
export function gapSentence({ from, to, reason }: Gap, room: string | undefined): string {
  const range =
    to === 0 ? `messages from ${from} on are` : from === to ? `message ${from} is` : `messages ${from} to ${to} are`;
  return `* ${room === undefined ? "" : `${room}: `}${range} missing: ${REASONS[reason]}`;
}
