// npm ws as a server, for one client: node ws-server.mjs
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { WebSocketServer } from 'ws';
import { converse } from './ws-conversation.mjs';
import { hex, options, say } from './lines.mjs';

const { subprotocol, max, refuse, cert, key } = options();
const http = cert ? createSecureServer({ cert: readFileSync(cert), key: readFileSync(key) }) : createServer();
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
http.listen(0, '127.0.0.1', () => say('listening', http.address().port));
