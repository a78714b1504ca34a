// uWebSockets.js, as its documentation has it.

import uws from "@trufflesuite/uws-js-unofficial";

const [port, work] = process.argv.slice(2);

const app = uws.App();
app.ws("/*", {
  open: (socket) => {
    if (work === "room") socket.subscribe("room");
  },
  message: (socket, message, isBinary) => {
    if (work === "room") app.publish("room", message, isBinary);
    else socket.send(message, isBinary);
  },
});
app.listen("127.0.0.1", Number(port), (listening) => {
  if (!listening) throw new Error(`cannot listen on port ${port}`);
});
