// npm undici as a client: node undici-client.mjs URL
import { WebSocket } from 'undici';
import { converse } from './browser-api.mjs';

converse(WebSocket);
