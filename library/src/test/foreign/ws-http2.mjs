// npm ws on streams of HTTP/2 (RFC 8441): it cannot ask for one itself, and takes one that is open as it takes a socket.
import { PerMessageDeflate, WebSocket, extension } from 'ws';

const { extensionName } = PerMessageDeflate;

const header = (parameters) => extension.format({ [extensionName]: [parameters] });

export function newDeflate(parameters, isServer, maxPayload) {
  return new PerMessageDeflate({ ...parameters, isServer, maxPayload });
}

/** The header with which a client offers permessage-deflate. */
export const offer = (deflate) => header(deflate.offer());

/** Agrees on what the other end has offered or granted in a header, if it has: gives the header for a server to answer with. */
export function agree(deflate, received) {
  const offered = received && extension.parse(received)[extensionName];
  if (!offered) return undefined;
  deflate.accept(offered);
  return header(deflate.params);
}

/** @param deflate only where that is agreed on */
export function newWebSocket(stream, { isServer, deflate, maxPayload }) {
  const socket = new WebSocket(null, undefined, { autoPong: true, maxPendingAutoPongs: 100, closeTimeout: 30_000 });
  socket._isServer = isServer;
  if (deflate) socket._extensions = { [extensionName]: deflate };
  socket.setSocket(stream, Buffer.alloc(0), { allowSynchronousEvents: true, maxPayload });
  return socket;
}
