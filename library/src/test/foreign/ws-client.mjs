// npm ws as a client: node ws-client.mjs URL
import WebSocket from 'ws';
import { converse } from './ws-conversation.mjs';
import { hex, options, say } from './lines.mjs';

const { url, subprotocol, headers, max } = options();
const socket = new WebSocket(url, subprotocol, { headers: Object.fromEntries(headers), maxPayload: max });
socket.on('open', () => say('open', socket.protocol));
socket.on('unexpected-response', async (request, response) => {
  const body = [];
  for await (const piece of response) body.push(piece);
  say('refused', response.statusCode, hex(Buffer.concat(body)));
});
converse(socket);
