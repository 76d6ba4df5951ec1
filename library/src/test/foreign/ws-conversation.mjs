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
