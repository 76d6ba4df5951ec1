// npm undici as a client over HTTP/2: node undici-http2-client.mjs URL
// Without TLS the server is taken to know HTTP/2.
import { Agent, H2CClient, WebSocket } from 'undici';
import { converse } from './browser-api.mjs';

class Http2WebSocket extends WebSocket {
  constructor(url, options) {
    const { protocol, host } = new URL(url);
    const dispatcher = protocol === 'wss:' ? new Agent({ allowH2: true }) : new H2CClient(`http://${host}`);
    super(url, { ...options, dispatcher });
  }
}

converse(Http2WebSocket);
