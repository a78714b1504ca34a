import { readFile } from "node:fs/promises";
import { createSecureContext } from "node:tls";
import { type Broker, memory, type ServeOptions, sqlite } from "bowline";
import { DEFAULT_FOLDER, IN_MEMORY } from "./data-folder.ts";
import { Failure, systemReason, UsageError } from "./failure.ts";
import { readPort, type Values } from "./options.ts";
import { readRetention } from "./retention.ts";

/** Options of the commands that run a server. */
export const SERVER_OPTIONS = {
  host: { value: "ADDRESS", summary: "where to listen; default 127.0.0.1, this machine only; 0.0.0.0 for everybody" },
  port: { value: "PORT", summary: "default 8000; 0 takes one that is free" },
  data: {
    value: "FOLDER",
    summary: `where rooms and sessions are kept; default ${DEFAULT_FOLDER}; ${IN_MEMORY} forgets them when it stops`,
  },
  keep: {
    value: "AMOUNTS",
    summary: 'what is kept of each room: "1000,30d,100MiB"; of some: "30d lobby=90d news*=7d,1000"',
  },
  "tls-cert": { value: "FILE", summary: "speaks TLS too: the certificate, in PEM" },
  "tls-key": { value: "FILE", summary: "the certificate's key, in PEM" },
};

export const THREAD_OPTIONS = {
  threads: {
    value: "N",
    summary: "threads that run handlers, apart from the one that has the connections; default 1; 0 for none",
  },
};

/** What `serve` is to be called with, when its broker is given. */
export type ServerOptions = Pick<ServeOptions, "host" | "port" | "tls"> & { readonly broker: Broker };

/** Throws `UsageError` and `Failure`. */
export async function serverOptionsFrom(values: Values<typeof SERVER_OPTIONS>): Promise<ServerOptions> {
  const { host, port, data = DEFAULT_FOLDER } = values;
  const tls = await readTls(values["tls-cert"], values["tls-key"]);
  const retention = values.keep === undefined ? undefined : readRetention(values.keep);
  const broker = data === IN_MEMORY ? memory({ retention }) : sqlite(data, { retention });
  return { host, port: port === undefined ? undefined : readPort(port), tls, broker };
}

const MOST_THREADS = 1_024;

/** A number of threads. Throws `UsageError`. */
export function readThreads(text = "1"): number {
  const threads = /^\d{1,4}$/.test(text) ? Number(text) : Number.NaN;
  if (threads <= MOST_THREADS) return threads;
  throw new UsageError(`${text} is not a number of threads: from 0 to ${MOST_THREADS}`);
}

async function readTls(certFile: string | undefined, keyFile: string | undefined): Promise<ServeOptions["tls"]> {
  if (certFile === undefined && keyFile === undefined) return undefined;
  if (certFile === undefined || keyFile === undefined) {
    throw new UsageError("TLS needs both, --tls-cert and --tls-key");
  }
  const cert = await readPem(certFile, "certificate");
  const key = await readPem(keyFile, "key");
  try {
    createSecureContext({ cert, key });
  } catch (error) {
    throw new Failure(
      `${certFile} and ${keyFile} are not a certificate in PEM and the key that belongs to it: ${systemReason(error)}`,
    );
  }
  return { cert, key };
}

async function readPem(file: string, what: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    throw new Failure(`the ${what} ${file} cannot be read: ${systemReason(error)}`);
  }
}
