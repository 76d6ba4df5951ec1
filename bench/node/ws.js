// ws.js PORT COMPRESSION MAX_MESSAGE_BYTES [KEY_STORE PASSWORD]: an echo server on one thread; what comes to /broadcast goes to
// all that are there.
'use strict';

const fs = require('node:fs');
const http = require('node:http');
const https = require('node:https');
const { WebSocketServer } = require('ws');

const [port, compression, maxMessageBytes, keyStore, passphrase] = process.argv.slice(2);
const server = keyStore ? https.createServer({ pfx: fs.readFileSync(keyStore), passphrase }) : http.createServer();
const subscribers = new Set();

const webSockets = new WebSocketServer({
  server,
  maxPayload: Number(maxMessageBytes),
  perMessageDeflate: compression !== 'none' && {
    threshold: 0,
    serverNoContextTakeover: compression === 'shared',
    clientNoContextTakeover: compression === 'shared',
  },
});

webSockets.on('connection', (socket, request) => {
  // The connection is lost, and its close event follows.
  socket.on('error', () => {});
  if (request.url !== '/broadcast') {
    socket.on('message', (data, binary) => socket.send(data, { binary }));
    return;
  }
  subscribers.add(socket);
  socket.on('close', () => subscribers.delete(socket));
  socket.on('message', (data, binary) => {
    for (const subscriber of subscribers) {
      subscriber.send(data, { binary });
    }
  });
});

server.listen({ port: Number(port), backlog: 4096 });
