import { BroadcastRoom } from "../rooms/room-handle.ts";
import { inspectAs } from "../transport/inspection.ts";
import { Server } from "./server.ts";
import { SessionList } from "./session-list.ts";

inspectAs(Server, "Server", (server) => {
  const { address, port } = server.address;
  const { rooms, connections } = server.metrics();
  return { address, port, sessions: server.sessions.size, connections, rooms };
});

inspectAs(SessionList, "SessionList", ({ size }) => ({ size }));

inspectAs(BroadcastRoom, "Room", (room) => ({ name: room.name, members: room.members().length }));
