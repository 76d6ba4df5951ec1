// A client with the API that browsers have: no pings, no fragments, no reason why it was refused.
import { bytes, hex, obey, options, say } from './lines.mjs';

export function converse(WebSocket) {
  const { url, subprotocol, headers } = options();
  const socket = new WebSocket(url, { protocols: subprotocol, headers });
  socket.binaryType = 'arraybuffer';
  let opened = false;
  socket.onopen = () => {
    opened = true;
    say('open', socket.protocol);
  };
  socket.onmessage = ({ data }) =>
    typeof data === 'string' ? say('text', hex(data)) : say('binary', hex(data));
  socket.onclose = ({ code, reason }) => say('close', code, hex(reason));
  // Not all of them fire a close where it has never been open.
  socket.onerror = ({ error }) => (opened ? console.error(error) : say('refused', 0, hex(error.message)));

  obey({
    text: (data) => socket.send(bytes(data).toString()),
    binary: (data) => socket.send(bytes(data)),
    close: (code, reason) => (code ? socket.close(Number(code), bytes(reason).toString()) : socket.close()),
  });
}
