import assert from "node:assert/strict";
import { test } from "node:test";
import { classifyAcceptError } from "../../../src/server/accept-fault.ts";

test("errors of accept are told apart", () => {
  const kindOf = (code: string) => classifyAcceptError(Object.assign(new Error(code), { code }));
  for (const code of ["ECONNABORTED", "EPROTO", "EPERM"]) assert.equal(kindOf(code), "this-connection");
  for (const code of ["EMFILE", "ENFILE", "ENOBUFS", "ENOMEM"]) assert.equal(kindOf(code), "exhausted");
  for (const code of ["EBADF", "EINVAL", ""]) assert.equal(kindOf(code), "listener-gone");
});
