import { BrokerError } from "../broker/broker.ts";

/** Errors of the layers below that a room may throw: in a thread of handlers, too, they have to be of these classes. */
export const ROOM_ERRORS = [BrokerError];
