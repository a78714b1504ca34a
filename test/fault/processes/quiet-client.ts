// A client that joins by being there, and says nothing.

import { type ClientSession, connect } from "bowline/client";
import { offer } from "../../programs/offer.ts";

let session: ClientSession;

const functions = {
  async start(url: string): Promise<string> {
    session = await connect(url);
    return session.id;
  },
};
export type QuietClient = typeof functions;

offer(functions);
