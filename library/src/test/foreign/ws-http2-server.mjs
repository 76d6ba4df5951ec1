// npm ws as a server over HTTP/2 alone, for one client: node ws-http2-server.mjs
// With --echo it is one for many, which asks for permessage-deflate with the parameters that are the query of the address.
import { readFileSync } from 'node:fs';
import { createSecureServer, createServer } from 'node:http2';
import { converse, deflate, echo } from './ws-conversation.mjs';
import { agree, newDeflate, newWebSocket } from './ws-http2.mjs';
import { hex, options, say } from './lines.mjs';

const { subprotocol, max, refuse, cert, key, echo: echoes } = options();
const settings = { enableConnectProtocol: true };
const http2 = cert
  ? createSecureServer({ cert: readFileSync(cert), key: readFileSync(key), settings })
  : createServer({ settings });

function talk(stream, headers) {
  if (refuse) {
    stream.respond({ ':status': Number(refuse), 'x-why': 'no cookie' });
    stream.end('sign in first');
    return;
  }
  const offered = headers['sec-websocket-protocol']?.split(', ') ?? [];
  const chosen = subprotocol.find((name) => offered.includes(name));
  for (const [name, value] of Object.entries(headers)) say('header', name === ':authority' ? 'host' : name, hex(value));
  stream.respond({ ':status': 200, 'sec-websocket-protocol': chosen });
  const socket = newWebSocket(stream, { isServer: true, maxPayload: max });
  say('open', chosen);
  converse(socket);
}

function accept(stream, headers) {
  const asked = newDeflate(deflate(headers[':path'].split('?')[1]?.split('&') ?? []), true, max);
  const agreed = agree(asked, headers['sec-websocket-extensions']);
  stream.respond({ ':status': 200, 'sec-websocket-extensions': agreed });
  echo(newWebSocket(stream, { isServer: true, deflate: agreed && asked, maxPayload: max }));
}

http2.on('stream', (stream, headers) => {
  if (headers[':protocol'] !== 'websocket') {
    stream.respond({ ':status': 404 });
    stream.end();
  } else if (echoes) {
    accept(stream, headers);
  } else {
    talk(stream, headers);
  }
});
http2.listen(0, '127.0.0.1', () => say('listening', http2.address().port));
