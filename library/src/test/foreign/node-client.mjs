// Node's own WebSocket as a client: node node-client.mjs URL
import { converse } from './browser-api.mjs';

converse(globalThis.WebSocket);
