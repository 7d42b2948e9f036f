// Node's own fetch (undici) as a client of our server, at the URL given. Prints what went wrong; exit 1 then.
import assert from "node:assert/strict";
import { Agent, request as ask } from "node:http";

const base = process.argv[2];
const checks = {
  async "a page"() {
    const response = await fetch(`${base}/hello/you%20there`);
    assert.equal(response.status, 200);
    assert.equal(response.headers.get("content-type"), "text/plain; charset=utf-8");
    assert.ok(!Number.isNaN(Date.parse(response.headers.get("date"))));
    assert.equal(await response.text(), "hello you there");
  },
  async "what is not there, and what is not allowed"() {
    assert.equal((await fetch(`${base}/nowhere`)).status, 404);
    const refused = await fetch(`${base}/echo`, { method: "DELETE" });
    assert.equal(refused.status, 405);
    assert.match(refused.headers.get("allow"), /POST/);
  },
  async "HEAD, and no content"() {
    const head = await fetch(`${base}/hello/you`, { method: "HEAD" });
    assert.equal(head.headers.get("content-length"), "9");
    assert.equal(await head.text(), "");
    assert.equal((await fetch(`${base}/nothing`)).status, 204);
  },
  async "a body that is streamed"() {
    const response = await fetch(`${base}/rows`);
    assert.equal(response.headers.get("content-length"), null);
    let text = "";
    for await (const chunk of response.body.pipeThrough(new TextDecoderStream())) text += chunk;
    assert.equal(text, "row\n".repeat(1000));
  },
  async "a large body there and back"() {
    const body = "0123456789".repeat(200_000);
    const response = await fetch(`${base}/echo`, { method: "POST", body });
    assert.equal(await response.text(), body);
  },
  async "a body that is uploaded as it is made"() {
    const parts = new ReadableStream({
      async start(out) {
        for (let i = 0; i < 100; ++i) out.enqueue(new TextEncoder().encode(`part ${i}\n`));
        out.close();
      },
    });
    const response = await fetch(`${base}/echo`, { method: "POST", body: parts, duplex: "half" });
    assert.match(await response.text(), /^part 0\n[^]*part 99\n$/);
  },
  async "two hundred at once"() {
    const pages = await Promise.all(
      Array.from({ length: 200 }, (_, i) => fetch(`${base}/hello/${i}`).then((response) => response.text())),
    );
    pages.forEach((page, i) => assert.equal(page, `hello ${i}`));
  },
  async "a client that goes away in the middle of a page"() {
    for (let i = 0; i < 20; ++i) {
      const giveUp = new AbortController();
      const response = await fetch(`${base}/endless`, { signal: giveUp.signal });
      await response.body.getReader().read();
      giveUp.abort();
    }
    assert.equal(await (await fetch(`${base}/hello/again`)).text(), "hello again");
  },
  async "a client that waits for 100 Continue"() {
    const text = await new Promise((resolve, reject) => {
      const asked = ask(`${base}/echo`, { method: "POST", headers: { Expect: "100-continue", "Content-Length": 4 } });
      asked.on("continue", () => asked.end("data"));
      asked.on("response", (response) => response.setEncoding("utf8").on("data", resolve));
      asked.on("error", reject);
      asked.flushHeaders();
    });
    assert.equal(text, "data");
  },
  async "one connection for many requests"() {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const ports = new Set();
    for (let i = 0; i < 10; ++i) {
      await new Promise((resolve, reject) => {
        ask(`${base}/hello/${i}`, { agent }, (response) => {
          ports.add(response.socket.localPort);
          response.resume().on("end", resolve);
        })
          .on("error", reject)
          .end();
      });
    }
    assert.equal(ports.size, 1);
    agent.destroy();
  },
};

for (const [name, check] of Object.entries(checks)) {
  try {
    await check();
  } catch (error) {
    console.log(`${name}: ${error.stack}`);
    process.exit(1);
  }
}
console.log("all is well");
process.exit(0);
