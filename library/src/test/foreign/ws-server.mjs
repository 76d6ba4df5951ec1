// npm ws as a server, for one client: node ws-server.mjs
// With --echo it is one for many, which asks for permessage-deflate with the parameters that are the query of the address.
// With --unix PATH it listens on that Unix domain socket.
// With --http2 it speaks HTTP/2, too, over which it has no WebSockets, and tells when a client begins with that.
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createSecureServer as createHttp2Server } from 'node:http2';
import { createServer as createSecureServer } from 'node:https';
import { WebSocketServer } from 'ws';
import { converse, deflate, echo } from './ws-conversation.mjs';
import { hex, options, say } from './lines.mjs';

const { subprotocol, max, refuse, cert, key, unix, echo: echoes, http2 } = options();
const http = newServer();

function newServer() {
  if (!cert) return createServer();
  const files = { cert: readFileSync(cert), key: readFileSync(key) };
  if (!http2) return createSecureServer(files);
  return createHttp2Server({ ...files, allowHTTP1: true }).on('session', () => say('http2'));
}

function talk() {
  const server = new WebSocketServer({
    server: http,
    maxPayload: max,
    handleProtocols: (offered) => subprotocol.find((name) => offered.has(name)) ?? false,
    verifyClient: (info, answer) =>
      refuse ? answer(false, Number(refuse), 'sign in first', { 'X-Why': 'no cookie' }) : answer(true),
  });
  server.on('connection', (socket, request) => {
    for (const [name, value] of Object.entries(request.headers)) say('header', name, hex(value));
    say('open', socket.protocol);
    converse(socket);
  });
}

function accept(request, connection, head) {
  const perMessageDeflate = deflate(request.url.split('?')[1]?.split('&') ?? []);
  new WebSocketServer({ noServer: true, perMessageDeflate, maxPayload: max })
    .handleUpgrade(request, connection, head, echo);
}

if (echoes) http.on('upgrade', accept);
else talk();
if (unix) http.listen(unix, () => say('listening', unix));
else http.listen(0, '127.0.0.1', () => say('listening', http.address().port));
