// npm ws as a client: node ws-client.mjs URL
// With --echo it opens one WebSocket for each line "connect PATH PARAMETERS", where it offers permessage-deflate with these.
import WebSocket from 'ws';
import { converse, deflate, echo } from './ws-conversation.mjs';
import { hex, obey, options, say } from './lines.mjs';

const { url, subprotocol, headers, max, echo: echoes } = options();

function talk() {
  const socket = new WebSocket(url, subprotocol, { headers: Object.fromEntries(headers), maxPayload: max });
  socket.on('open', () => say('open', socket.protocol));
  socket.on('unexpected-response', async (request, response) => {
    const body = [];
    for await (const piece of response) body.push(piece);
    say('refused', response.statusCode, hex(Buffer.concat(body)));
  });
  converse(socket);
}

function connect(path, ...parameters) {
  // ws offers client_max_window_bits unless it is told false.
  const perMessageDeflate = { ...deflate(parameters) };
  perMessageDeflate.clientMaxWindowBits ??= false;
  echo(new WebSocket(url + path, { perMessageDeflate, maxPayload: max }));
}

if (echoes) obey({ connect });
else talk();
