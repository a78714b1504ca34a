import assert from "node:assert/strict";
import { test } from "node:test";
import { Tickets } from "../../../src/rooms/tickets.ts";
import { testSigner } from "../../rooms-kit.ts";

const tickets = new Tickets(testSigner);
const ticket = tickets.issue("lobby", 7, 40, "ann");
const offered = { name: "lobby", epoch: 7, cursor: 45, ticket };

test("a ticket says from where its client may read", () => {
  assert.equal(tickets.check(offered, "ann"), 40);
  assert.equal(tickets.check({ ...offered, ticket: tickets.issue("lobby", 7, 0, "ann") }, "ann"), 0);
});

test("it is good for one room, one log and one identity", () => {
  assert.equal(tickets.check({ ...offered, name: "vault" }, "ann"), undefined);
  assert.equal(tickets.check({ ...offered, epoch: 8 }, "ann"), undefined);
  assert.equal(tickets.check(offered, "bob"), undefined);
});

test("another position with the same signature is not good", () => {
  const signature = ticket.slice(ticket.indexOf(".") + 1);
  for (const position of ["0", "41", "-1", "NaN", "1e400"]) {
    assert.equal(tickets.check({ ...offered, ticket: `${position}.${signature}` }, "ann"), undefined, position);
  }
});

test("what is no ticket at all is not good", () => {
  for (const nonsense of ["", ".", "40", "40.", `.${ticket}`, "x".repeat(10_000)]) {
    assert.equal(tickets.check({ ...offered, ticket: nonsense }, "ann"), undefined, nonsense);
  }
});

test("names that run into each other do not pass for one another", () => {
  const odd = tickets.issue('a",7,40,"', 7, 40, "ann");
  assert.equal(tickets.check({ name: "a", epoch: 7, cursor: 40, ticket: odd }, "ann"), undefined);
});
