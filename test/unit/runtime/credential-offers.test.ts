import assert from "node:assert/strict";
import { test } from "node:test";
import { CredentialOffers } from "../../../src/runtime/credential-offers.ts";

/** Offers that are judged when the test says so. */
function offersToJudge(): { offers: CredentialOffers; judged: number[]; answer: () => Promise<void> } {
  const judged: number[] = [];
  let settle = (): void => {};
  const offers = new CredentialOffers((credential) => {
    judged.push(credential[0] as number);
    return new Promise((resolve) => {
      settle = resolve;
    });
  });
  const answer = async (): Promise<void> => {
    settle();
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { offers, judged, answer };
}

test("are judged one after the other, in order", async () => {
  const { offers, judged, answer } = offersToJudge();
  for (const number of [1, 2, 3]) assert.equal(offers.add(Uint8Array.of(number)), true);
  assert.deepEqual(judged, [1]);
  await answer();
  assert.deepEqual(judged, [1, 2]);
  await answer();
  await answer();
  offers.add(Uint8Array.of(4));
  assert.deepEqual(judged, [1, 2, 3, 4]);
});

test("are refused when too many wait, until some were judged", async () => {
  const { offers, answer } = offersToJudge();
  let accepted = 0;
  while (offers.add(Uint8Array.of(accepted))) accepted += 1;
  assert.equal(accepted, 17);
  await answer();
  assert.equal(offers.add(Uint8Array.of(99)), true);
});

test("of a connection that is gone are judged no more", async () => {
  const { offers, judged, answer } = offersToJudge();
  for (const number of [1, 2]) offers.add(Uint8Array.of(number));
  offers.clear();
  offers.add(Uint8Array.of(3));
  await answer();
  assert.deepEqual(judged, [1, 3]);
});
