// The `ws` package, as its documentation has it.

import { WebSocket, WebSocketServer } from "ws";

const [port, work] = process.argv.slice(2);

const server = new WebSocketServer({ port: Number(port), host: "127.0.0.1", backlog: 4_096 });
server.on("connection", (socket) => {
  socket.on("error", console.error);
  socket.on("message", (data, isBinary) => {
    if (work === "room") {
      for (const client of server.clients) {
        if (client.readyState === WebSocket.OPEN) client.send(data, { binary: isBinary });
      }
    } else {
      socket.send(data, { binary: isBinary });
    }
  });
});
