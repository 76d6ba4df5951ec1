// How a peer written in JavaScript talks with the tests: a line for each event on standard output, a line for each command on
// standard input, payloads in hex. Said.java has the lines, ForeignEnd.java starts the peers.
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';

export const bytes = (hex) => Buffer.from(hex ?? '', 'hex');

export const hex = (data) => Buffer.from(data).toString('hex');

export const say = (...words) => process.stdout.write(`${words.join(' ')}\n`);

/** @param commands a function for each command, which gets the rest of its line in words */
export function obey(commands) {
  createInterface({ input: process.stdin })
    .on('line', (line) => {
      const [command, ...words] = line.split(' ');
      commands[command](...words);
    })
    .on('close', () => process.exit());
}

/** The options that all peers have; headers as [name, value]. */
export function options() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      subprotocol: { type: 'string', multiple: true, default: [] },
      header: { type: 'string', multiple: true, default: [] },
      max: { type: 'string', default: '1048576' },
      refuse: { type: 'string' },
      cert: { type: 'string' },
      key: { type: 'string' },
      unix: { type: 'string' },
      echo: { type: 'boolean', default: false },
      http2: { type: 'boolean', default: false },
    },
  });
  const headers = values.header.map((header) => header.split(/: (.*)/, 2));
  return { ...values, headers, max: Number(values.max), url: positionals[0] };
}
