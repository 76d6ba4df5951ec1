// What both ends do with npm ws.
import { bytes, hex, obey, say } from './lines.mjs';

export function converse(socket) {
  socket.on('message', (data, isBinary) => say(isBinary ? 'binary' : 'text', hex(data)));
  socket.on('pong', (data) => say('pong', hex(data)));
  socket.on('close', (code, reason) => say('close', code, hex(reason)));
  socket.on('error', console.error); // a close follows

  obey({
    text: (data) => socket.send(bytes(data), { binary: false }),
    binary: (data) => socket.send(bytes(data), { binary: true }),
    fragments: (type, ...pieces) =>
      pieces.forEach((piece, index) =>
        socket.send(bytes(piece), { binary: type === 'binary', fin: index === pieces.length - 1 })),
    ping: (data) => socket.ping(bytes(data)),
    pong: (data) => socket.pong(bytes(data)),
    close: (code, reason) => (code ? socket.close(Number(code), bytes(reason)) : socket.close()),
    raw: (data) => socket._socket.write(bytes(data)),
  });
}

const FRAGMENTED_FROM = 1000;

/** Sends back what it hears, longer messages in three fragments. */
export function echo(socket) {
  socket.on('error', console.error);
  socket.on('message', (data, binary) => {
    const piece = data.length < FRAGMENTED_FROM ? FRAGMENTED_FROM : Math.ceil(data.length / 3);
    for (let start = 0; start === 0 || start < data.length; start += piece) {
      socket.send(data.subarray(start, start + piece), { binary, fin: start + piece >= data.length });
    }
  });
}

/** Parameters of permessage-deflate, written as in the handshake, in the words of npm ws. */
export function deflate(parameters) {
  const values = new Map(parameters.map((parameter) => parameter.split('=')));
  const named = (name) => (values.has(name) ? Number(values.get(name) ?? NaN) || true : undefined);
  return {
    threshold: 0,
    serverNoContextTakeover: named('server_no_context_takeover'),
    clientNoContextTakeover: named('client_no_context_takeover'),
    serverMaxWindowBits: named('server_max_window_bits'),
    clientMaxWindowBits: named('client_max_window_bits'),
  };
}
