// npm ws as a client over HTTP/2: node ws-http2-client.mjs URL
// Without TLS the server is taken to know HTTP/2. With --echo it opens one WebSocket for each line "connect PATH PARAMETERS", where
// it offers permessage-deflate with these; all of them on one connection.
import { connect as connectHttp2 } from 'node:http2';
import { converse, deflate, echo } from './ws-conversation.mjs';
import { agree, newDeflate, newWebSocket, offer } from './ws-http2.mjs';
import { hex, obey, options, say } from './lines.mjs';

const { url, subprotocol, headers, max, echo: echoes } = options();
const { protocol, host, pathname, search } = new URL(url);
const scheme = protocol === 'wss:' ? 'https' : 'http';
const refused = (error) => say('refused', 0, hex(error.message));
const http2 = connectHttp2(`${scheme}://${host}`).on('error', refused);
const settings = new Promise((resolve) => http2.once('remoteSettings', resolve));

/** Asks for a WebSocket, and hands it on when it is open, with the headers of the response. */
async function open(path, parameters, onOpen) {
  if (!(await settings).enableConnectProtocol) {
    refused(new Error('there are no WebSockets over HTTP/2'));
    return;
  }
  const offered = newDeflate(parameters, false, max);
  const stream = http2.request({
    ':method': 'CONNECT',
    ':protocol': 'websocket',
    ':scheme': scheme,
    ':authority': host,
    ':path': path,
    'sec-websocket-version': '13',
    'sec-websocket-extensions': offer(offered),
    'sec-websocket-protocol': subprotocol.length ? subprotocol.join(', ') : undefined,
    ...Object.fromEntries(headers),
  });
  stream.on('error', console.error);
  stream.on('response', async (response) => {
    if (response[':status'] === 200) {
      const agreed = agree(offered, response['sec-websocket-extensions']) && offered;
      onOpen(newWebSocket(stream, { isServer: false, deflate: agreed, maxPayload: max }), response);
      return;
    }
    const body = [];
    for await (const piece of stream) body.push(piece);
    say('refused', response[':status'], hex(Buffer.concat(body)));
  });
}

function talk(socket, response) {
  say('open', response['sec-websocket-protocol']);
  converse(socket);
}

function connect(path, ...parameters) {
  // ws offers client_max_window_bits unless it is told false.
  const offered = deflate(parameters);
  offered.clientMaxWindowBits ??= false;
  open(path, offered, echo);
}

if (echoes) obey({ connect });
else open(pathname + search, {}, talk);
