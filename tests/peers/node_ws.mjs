// npm ws as a client or a server; see README.md for the scenarios.

import { WebSocket, WebSocketServer } from 'ws';

const [role, json] = process.argv.slice(2);
const scenario = JSON.parse(json);
const print = (value, then) => process.stdout.write(`${JSON.stringify(value)}\n`, then);

// The parameters of permessage-deflate, as the header names them, in ws's words.
function deflate() {
  const { deflate } = scenario;
  if (!deflate) return undefined;
  return {
    threshold: 0,
    serverNoContextTakeover: deflate.server_no_context_takeover,
    clientNoContextTakeover: deflate.client_no_context_takeover,
    serverMaxWindowBits: deflate.server_max_window_bits ?? undefined,
    clientMaxWindowBits: deflate.client_max_window_bits ?? (role === 'client' ? false : undefined),
  };
}

// Takes note of what becomes of `socket`; `done` gets it once that is over.
function watch(socket, done) {
  const saw = {
    opened: socket.readyState === WebSocket.OPEN, protocol: null, messages: [],
    code: null, reason: null, wasClean: null, error: false, said: null, readyState: null,
  };
  const answer = () => done({ ...saw, protocol: socket.protocol, readyState: socket.readyState });
  socket.binaryType = 'nodebuffer';
  socket.addEventListener('open', () => { saw.opened = true; });
  socket.addEventListener('message', ({ data }) => {
    saw.messages.push(typeof data === 'string' ? data : { bytes: data.toString('base64') });
  });
  socket.addEventListener('error', ({ message }) => { saw.error = true; saw.said ??= message; });
  socket.addEventListener('close', ({ code, reason, wasClean }) => {
    Object.assign(saw, { code, reason, wasClean });
    answer();
  });
  return { saw, answer };
}

function client() {
  const { url, protocols = [], send = [], expect = 0, after = 0, close, look_after } = scenario;
  const socket = new WebSocket(url, protocols, { perMessageDeflate: deflate() ?? true });
  // Not before the answer has gone: a pipe takes a long one piece by piece.
  const { saw, answer } = watch(socket, (what) => print(what, () => process.exit(0)));
  const next = () => {
    if (scenario.terminate) socket.terminate();
    else if (close) socket.close(...close);
    if (look_after !== undefined) setTimeout(answer, look_after);
  };
  const step = () => setTimeout(next, after);
  socket.addEventListener('open', () => {
    for (const message of send) {
      socket.send(typeof message === 'string' ? message : Buffer.from(message.bytes, 'base64'));
    }
    if (expect === 0) step();
  });
  socket.addEventListener('message', () => { if (saw.messages.length === expect) step(); });
}

function server() {
  const { mode, close = [], protocols, body = '' } = scenario;
  const refuse = (_, answer) => answer(false, 401, body);
  const listener = new WebSocketServer({
    host: '127.0.0.1',
    port: 0,
    perMessageDeflate: deflate() ?? false,
    verifyClient: mode === 'refuse' ? refuse : undefined,
    handleProtocols: (offered) => [...offered].find((p) => !protocols || protocols.includes(p)) ?? false,
  });
  listener.on('listening', () => print({ port: listener.address().port }));
  listener.on('connection', (socket) => {
    watch(socket, (what) => print(what));
    if (mode === 'echo') socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary }));
    if (mode === 'close') socket.close(...close);
    if (mode === 'terminate') socket.terminate();
  });
  process.stdin.on('end', () => process.exit(0)).resume();
}

({ client, server })[role]();
