/**
 * What a connection speaks, as far as its first bytes tell.
 *
 * - `undecided`: no byte has come. Nothing is sent, and it may stay so for `silentTimeoutMs`.
 * - `more`: the bytes could still become TLS, HTTP or Bowline. Wait at most 1 s, then `giveUp`.
 * - `unknown-version`: it greets as Bowline of another version, and is answered with CLOSE 1002.
 */
export type Detection = "undecided" | "more" | "tls" | "http" | "bowline" | "lines" | "unknown-version";

const METHODS = ["GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH"].map((method) =>
  ascii(`${method} `),
);
const HTTP_VERSION = ascii("HTTP/1.");
const GREETING = ascii("BOWLINE/");
const PREFACE = ascii("BOWLINE/1\n");

const NOTHING = new Uint8Array(0);
const TLS_HANDSHAKE = 0x16;
const TLS_MAJOR_VERSION = 0x03;
const LF = 0x0a;
const CR = 0x0d;
const SPACE = 0x20;
const DELETE = 0x7f;

/**
 * Decides from a connection's first bytes what it speaks.
 *
 * Feed it with `push` until it says something other than `undecided` and `more`, then `take` every byte it held and
 * hand them to what was decided. It lives only until then. Rules: `docs/protocol.md` §2.
 */
export class Detector {
  readonly #limit: number;
  #held: Uint8Array = NOTHING;
  #length = 0;
  #detection: Detection = "undecided";
  /** Where the HTTP target begins, once a method was seen; the scan for its end never starts over. */
  #targetStart = 0;
  #scanned = 0;

  /** `maxLineBytes` bounds what is held: a longer first line is no HTTP, and is a plain line to refuse. */
  constructor(maxLineBytes: number) {
    this.#limit = Math.max(maxLineBytes, PREFACE.length);
  }

  /** Takes the bytes that arrived next and says what is known now. */
  push(bytes: Uint8Array): Detection {
    if (bytes.length === 0) return this.#detection;
    this.#append(bytes);
    this.#detection = this.#decide();
    if (this.#detection === "more" && this.#length > this.#limit) this.#detection = "lines";
    return this.#detection;
  }

  /**
   * Says that the rest of a possible TLS, HTTP or Bowline beginning did not come: what did is plain lines, or nothing
   * when it is a preface without its end. Nobody types that.
   */
  giveUp(): "lines" | undefined {
    if (this.#match(GREETING, 0) === "whole") return undefined;
    this.#detection = "lines";
    return "lines";
  }

  /** Every byte held, without the preface when it is `bowline`; the detector is empty afterwards. */
  take(): Uint8Array {
    const start = this.#detection === "bowline" ? PREFACE.length : 0;
    const taken = this.#held.subarray(start, this.#length);
    this.#held = NOTHING;
    this.#length = 0;
    return taken;
  }

  #append(bytes: Uint8Array): void {
    const length = this.#length + bytes.length;
    if (this.#length === 0) {
      this.#held = bytes;
    } else {
      // The first chunk is held as it came and is not ours to write behind, so "fits" means an array of our own.
      if (length > this.#held.length) {
        const grown = new Uint8Array(2 * length);
        grown.set(this.#held.subarray(0, this.#length));
        this.#held = grown;
      }
      this.#held.set(bytes, this.#length);
    }
    this.#length = length;
  }

  #decide(): Detection {
    const held = this.#held;
    if (held[0] === TLS_HANDSHAKE) {
      if (this.#length === 1) return "more";
      return held[1] === TLS_MAJOR_VERSION ? "tls" : "lines";
    }
    if (held[0] === GREETING[0]) return this.#decideBowline();
    return this.#decideHttp();
  }

  #decideBowline(): Detection {
    const preface = this.#match(PREFACE, 0);
    if (preface === "whole") return "bowline";
    if (preface === "part") return "more";
    return this.#match(GREETING, 0) === "whole" ? "unknown-version" : "lines";
  }

  #decideHttp(): Detection {
    if (this.#targetStart === 0) {
      const method = this.#matchMethod();
      if (method !== "whole") return method === "part" ? "more" : "lines";
    }
    const targetEnd = this.#findTargetEnd();
    if (targetEnd === this.#length) return "more";
    if (targetEnd === this.#targetStart || this.#held[targetEnd] !== SPACE) return "lines";
    return this.#decideHttpVersion(targetEnd + 1);
  }

  #matchMethod(): Match {
    for (const method of METHODS) {
      const match = this.#match(method, 0);
      if (match === "whole") {
        this.#targetStart = method.length;
        this.#scanned = method.length;
      }
      if (match !== "none") return match;
    }
    return "none";
  }

  #findTargetEnd(): number {
    let at = this.#scanned;
    for (; at < this.#length; at++) {
      const byte = this.#held[at] as number;
      if (byte <= SPACE || byte === DELETE) break;
    }
    this.#scanned = at;
    return at;
  }

  /** What follows the target must be `HTTP/1.0` or `HTTP/1.1` and the line's end. */
  #decideHttpVersion(start: number): Detection {
    const version = this.#match(HTTP_VERSION, start);
    if (version !== "whole") return version === "part" ? "more" : "lines";
    let at = start + HTTP_VERSION.length;
    if (at === this.#length) return "more";
    const minor = this.#held[at++];
    if (minor !== 0x30 && minor !== 0x31) return "lines";
    if (at < this.#length && this.#held[at] === CR) at++;
    if (at === this.#length) return "more";
    // However the bytes were cut into chunks, a line that could not have been held is no HTTP.
    return this.#held[at] === LF && at <= this.#limit ? "http" : "lines";
  }

  #match(word: Uint8Array, start: number): Match {
    const end = Math.min(word.length, this.#length - start);
    for (let i = 0; i < end; i++) if (this.#held[start + i] !== word[i]) return "none";
    return end === word.length ? "whole" : "part";
  }
}

type Match = "whole" | "part" | "none";

function ascii(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}
