import { inspect } from "node:util";
import {
  ConcurrentReadError,
  ForbiddenError,
  GapError,
  RequestTimeoutError,
  RoomError,
  SessionClosedError,
} from "../runtime/errors.ts";
import { HandlerModuleError } from "./load-handler.ts";

/** An error on its way to another thread, where it is to be of the same class. */
export interface CarriedError {
  /** Of what class; none for what was thrown and is no error. */
  readonly className: string | undefined;
  readonly message: string;
  readonly stack: string | undefined;
  readonly code: string | number | undefined;
  readonly info: SessionClosedError["info"] | undefined;
  readonly cause: CarriedError | undefined;
}

type ErrorClass = { readonly name: string; readonly prototype: Error };

const CLASSES: readonly ErrorClass[] = [
  TypeError,
  RangeError,
  SyntaxError,
  ReferenceError,
  EvalError,
  URIError,
  SessionClosedError,
  ConcurrentReadError,
  GapError,
  RequestTimeoutError,
  RoomError,
  ForbiddenError,
  HandlerModuleError,
];

/** Errors between threads. `others`: classes of the layers above that may have to cross. */
export class ErrorCarrier {
  readonly #prototypes = new Map<string, Error>();

  constructor(others: readonly ErrorClass[]) {
    for (const { name, prototype } of [...CLASSES, ...others]) this.#prototypes.set(name, prototype);
  }

  pack(error: unknown): CarriedError {
    if (!(error instanceof Error)) {
      const message = typeof error === "string" ? error : inspect(error);
      return { className: undefined, message, stack: undefined, code: undefined, info: undefined, cause: undefined };
    }
    const { message, stack } = error;
    const { code } = error as { readonly code?: unknown };
    return {
      className: error.name,
      message,
      stack,
      code: typeof code === "string" || typeof code === "number" ? code : undefined,
      info: error instanceof SessionClosedError ? error.info : undefined,
      cause: error.cause === undefined ? undefined : this.pack(error.cause),
    };
  }

  /** What was no error comes back as one, which says what it was. */
  unpack(carried: CarriedError): Error {
    const { className = "Error", message, stack, code, info, cause } = carried;
    if (info !== undefined) return new SessionClosedError(info);
    const prototype = this.#prototypes.get(className);
    const error = new Error(message, cause === undefined ? {} : { cause: this.unpack(cause) });
    if (prototype !== undefined) Object.setPrototypeOf(error, prototype);
    // Classes of their own have their name in each instance.
    const extras = { name: className, stack, code };
    for (const [name, value] of Object.entries(extras)) {
      if (value === undefined || (name === "name" && error.name === className)) continue;
      Object.defineProperty(error, name, { value, configurable: true, writable: true, enumerable: name === "code" });
    }
    return error;
  }
}
