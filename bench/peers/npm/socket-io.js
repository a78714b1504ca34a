// Socket.IO, as its documentation has it. Clients come by WebSocket alone.

import { Server } from "socket.io";

const [port, work] = process.argv.slice(2);

const io = new Server(Number(port));
io.on("connection", (socket) => {
  if (work === "room") {
    socket.join("room");
    socket.on("message", (text) => io.to("room").emit("message", text));
  } else {
    socket.on("message", (text) => socket.emit("message", text));
  }
});
