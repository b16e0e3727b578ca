// Chromium as the client: a page opens a WebSocket and tells what became of it.
// A scenario a line on standard input, an answer a line on standard output.

import http from 'node:http';
import readline from 'node:readline';
import { chromium } from 'playwright-core';

const FLAGS = [
  '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
  '--disable-background-networking', '--disable-component-update', '--disable-sync',
];

// Runs in the page.
function play(scenario) {
  const { url, protocols = [], send = [], expect = 0, after = 0, close, look_after } = scenario;
  const saw = {
    opened: false, protocol: null, messages: [],
    code: null, reason: null, wasClean: null, error: false, readyState: null,
  };
  const octets = (base64) => Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
  const base64 = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer)));
  return new Promise((resolve) => {
    const socket = new WebSocket(url, protocols);
    window.socket = socket;
    socket.binaryType = 'arraybuffer';
    const answer = () => resolve({ ...saw, protocol: socket.protocol, readyState: socket.readyState });
    const next = () => {
      if (scenario.leave) return answer();
      if (close) socket.close(...close);
      if (look_after !== undefined) setTimeout(answer, look_after);
    };
    const step = () => setTimeout(next, after);
    socket.onopen = () => {
      saw.opened = true;
      for (const message of send) {
        socket.send(typeof message === 'string' ? message : octets(message.bytes));
      }
      if (expect === 0) step();
    };
    socket.onmessage = ({ data }) => {
      saw.messages.push(typeof data === 'string' ? data : { bytes: base64(data) });
      if (saw.messages.length === expect) step();
    };
    socket.onerror = () => { saw.error = true; };
    socket.onclose = ({ code, reason, wasClean }) => {
      Object.assign(saw, { code, reason, wasClean });
      answer();
    };
  });
}

const server = http.createServer((_, response) => {
  response.setHeader('Content-Type', 'text/html');
  response.end('<!doctype html><title>peer</title>');
});
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
const origin = `http://127.0.0.1:${server.address().port}/`;

// A new profile each time: playwright makes one and takes it away again.
const browser = await chromium.launch({
  executablePath: process.env.WSSCOPE_CHROMIUM ?? '/usr/bin/chromium',
  headless: true,
  args: FLAGS,
});
for await (const line of readline.createInterface({ input: process.stdin })) {
  const scenario = JSON.parse(line);
  const recordHar = scenario.har && { path: scenario.har, content: 'embed' };
  const page = await browser.newPage({ recordHar });
  await page.goto(origin);
  const said = [];
  page.on('console', (message) => { if (message.type() === 'error') said.push(message.text()); });
  const saw = await page.evaluate(play, scenario);
  if (scenario.leave) await page.goto('about:blank');
  await page.close();
  console.log(JSON.stringify({ ...saw, said: said[0] ?? null }));
}
await browser.close();
server.close();
