/** The limit that deliveries are compared with: whatever one socket sends goes to all, with no more than Bun itself. */
const topic = "all";
const server = Bun.serve({
  port: 0,
  hostname: "127.0.0.1",
  fetch: (request, self) => (self.upgrade(request) ? undefined : new Response(null, { status: 426 })),
  websocket: {
    open: (socket) => void socket.subscribe(topic),
    message: (_socket, message) => void server.publish(topic, message),
    perMessageDeflate: false,
  },
});
console.log(`listening ${server.url.origin}`);
