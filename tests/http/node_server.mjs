// Node's own HTTP server, for our client to talk to. Prints its port, and ends with its standard input.
import { createServer } from "node:http";

const pieces = ["one ", "two ", "three"];

const pages = {
  "/hello": (request, response) => response.end("hello"),
  "/chunked": (request, response) => {
    const next = (index) => {
      if (index === pieces.length) return response.end();
      response.write(pieces[index]);
      setImmediate(next, index + 1);
    };
    next(0);
  },
  "/trailers": (request, response) => {
    response.writeHead(200, { Trailer: "X-Sum" });
    response.write("body");
    response.addTrailers({ "X-Sum": "42" });
    response.end();
  },
  "/close": (request, response) => {
    response.setHeader("Connection", "close");
    response.end("bye");
  },
  "/echo": (request, response) => {
    response.writeHead(200, { "X-Length": request.headers["content-length"] ?? "none" });
    request.pipe(response);
  },
  "/large": (request, response) => response.end(Buffer.alloc(3_000_000, "x")),
  "/nothing": (request, response) => {
    response.statusCode = 204;
    response.end();
  },
  "/continue": (request, response) => {
    response.writeContinue();
    response.writeEarlyHints({ link: "</style.css>; rel=preload" });
    response.end("after that");
  },
  "/moved": (request, response) => {
    response.writeHead(302, { Location: "/hello" });
    response.end();
  },
  "/cut": (request, response) => {
    response.writeHead(200, { "Content-Length": "100" });
    response.write("not all of it", () => response.destroy());
  },
};

let connections = 0;
const server = createServer((request, response) => {
  response.setHeader("X-Connection", String(request.socket.number));
  const page = pages[request.url];
  if (page) return page(request, response);
  response.statusCode = 404;
  response.end("no such page");
});
server.on("connection", (socket) => (socket.number = ++connections));
server.listen(0, "127.0.0.1", () => console.log(server.address().port));
process.stdin.on("end", () => process.exit(0)).resume();
