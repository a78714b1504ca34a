import { inspectAs, messageFields, sessionFields } from "../../transport/inspection.ts";
import { ClientMessage } from "../client-message.ts";
import { FramedSession } from "../framed-session.ts";
import { RoomMailbox } from "../mailbox.ts";
import { PlainSession } from "./plain-session.ts";

// What `console.log` shows of what clients hold.

inspectAs(ClientMessage, "Message", messageFields);
inspectAs(FramedSession, "ClientSession", sessionFields);
inspectAs(PlainSession, "ClientSession", sessionFields);
inspectAs(RoomMailbox, "ClientRoom", ({ name, isClaimed }) => ({ name, isClaimed }));
