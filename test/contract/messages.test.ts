import { scope, type } from "arktype";
import * as v from "valibot";
import * as z from "zod";
import * as zm from "zod/mini";
import { messagesSuite } from "./messages-suite.ts";

async function isNotNo(text: string): Promise<boolean> {
  await new Promise((resolve) => setImmediate(resolve));
  return text !== "no";
}

interface Tree {
  children: Tree[];
}
const zodTree: z.ZodType<Tree, Tree> = z.object({ children: z.array(z.lazy(() => zodTree)) });
const miniTree: zm.ZodMiniType<Tree, Tree> = zm.object({ children: zm.array(zm.lazy(() => miniTree)) });
const valibotTree: v.GenericSchema<Tree> = v.object({ children: v.array(v.lazy(() => valibotTree)) });

messagesSuite("zod", {
  said: z.strictObject({
    text: z.string(),
    loud: z.boolean().default(false),
    people: z.array(z.object({ name: z.string() })),
  }),
  tree: zodTree,
  slow: z.object({ text: z.string().refine(isNotNo, "must not be no") }),
});

messagesSuite("zod/mini", {
  said: zm.strictObject({
    text: zm.string(),
    loud: zm._default(zm.boolean(), false),
    people: zm.array(zm.object({ name: zm.string() })),
  }),
  tree: miniTree,
  slow: zm.object({ text: zm.string().check(zm.refine(isNotNo, "must not be no")) }),
});

messagesSuite("valibot", {
  said: v.strictObject({
    text: v.string(),
    loud: v.optional(v.boolean(), false),
    people: v.array(v.object({ name: v.string() })),
  }),
  tree: valibotTree,
  slow: v.objectAsync({ text: v.pipeAsync(v.string(), v.checkAsync(isNotNo, "must not be no")) }),
});

messagesSuite("arktype", {
  said: type({ "+": "reject", text: "string", loud: "boolean = false", people: type({ name: "string" }).array() }),
  tree: scope({ tree: { children: "tree[]" } }).export().tree,
  slow: undefined,
});
