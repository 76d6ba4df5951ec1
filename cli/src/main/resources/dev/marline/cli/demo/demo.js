// The demo page: one connection for each card, and what each card shows of it.
// Whatever comes from the network reaches the page through textContent only.

const FIRST_RETRY_MILLIS = 500;
const LONGEST_RETRY_MILLIS = 10_000;
const CHAT_ROWS = 500;
const ECHO_ROWS = 300;
const BURST_MESSAGES = 100;
const BURST_MAX_BYTES = 16 * 1024;
const CHART_SECONDS = 60;

const byId = (id) => document.getElementById(id);

// --- Connections ------------------------------------------------------------------------------

/** Relative to the page, so that it also works behind a proxy that serves the demo below a path. */
function webSocketUrl(path) {
  const url = new URL(path, document.baseURI);
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
  return url;
}

/** Doubles up to the cap. The jitter keeps many pages from coming back in the same instant. */
function retryDelay(failures) {
  const ceiling = Math.min(LONGEST_RETRY_MILLIS, FIRST_RETRY_MILLIS * 2 ** failures);
  return ceiling * (0.5 + Math.random() / 2);
}

const CLOSE_MEANINGS = {
  1000: 'normal',
  1001: 'going away',
  1005: 'no code given',
  1006: 'no connection',
  1009: 'message too big',
  1011: 'server error',
  1012: 'server restarts',
  1013: 'try again later',
};

function describeClose({ code, reason }) {
  const why = reason || CLOSE_MEANINGS[code];
  return why ? `Closed ${code}, ${why}` : `Closed ${code}`;
}

/** A WebSocket that comes back: it shows its state, and enables its buttons while it is open. */
class Connection {
  #path;
  #stateElement;
  #buttons;
  #handlers;
  #socket = null;
  #failures = 0;
  #retryTimer = 0;

  constructor(path, { stateElement, buttons = [], onMessage, onClose = () => {} }) {
    this.#path = path;
    this.#stateElement = stateElement;
    this.#buttons = buttons;
    this.#handlers = { onMessage, onClose };
    // Back from a tunnel or from sleep: there is no point in waiting for the timer.
    addEventListener('online', () => this.#retryNow());
    this.#connect();
  }

  get isOpen() {
    return this.#socket?.readyState === WebSocket.OPEN;
  }

  send(data) {
    this.#socket.send(data);
  }

  /** Tells what the server says of the connection: HTTP/2, say. */
  showHttp(version) {
    this.#show('open', `Connected over ${version}`);
  }

  #connect() {
    this.#retryTimer = 0;
    this.#show('connecting', 'Connecting…');
    const socket = new WebSocket(webSocketUrl(this.#path));
    socket.binaryType = 'arraybuffer';
    socket.onopen = () => this.#opened();
    socket.onmessage = (event) => this.#handlers.onMessage(event.data);
    // An error is always followed by a close, which says more.
    socket.onclose = (event) => this.#closed(event);
    this.#socket = socket;
  }

  #opened() {
    this.#failures = 0;
    this.#show('open', 'Connected');
  }

  #closed(event) {
    const delay = retryDelay(this.#failures++);
    this.#show('closed', `${describeClose(event)} – retry in ${(delay / 1000).toFixed(1)} s`);
    this.#retryTimer = setTimeout(() => this.#connect(), delay);
    this.#handlers.onClose();
  }

  #retryNow() {
    if (this.#retryTimer === 0) return;
    clearTimeout(this.#retryTimer);
    this.#connect();
  }

  #show(state, text) {
    this.#stateElement.dataset.state = state;
    this.#stateElement.textContent = text;
    this.#stateElement.title = text; // a long close reason is cut off on screen
    // aria-disabled and not disabled: the focus stays where it is when a connection drops.
    for (const button of this.#buttons) button.setAttribute('aria-disabled', String(state !== 'open'));
  }
}

// --- Pieces that the cards share --------------------------------------------------------------

function element(tag, className, text = '') {
  const result = document.createElement(tag);
  result.className = className;
  result.textContent = text;
  return result;
}

/** Keeps the last rows, and follows the newest one unless the reader has scrolled up. */
class Log {
  #element;
  #limit;
  #following = true;
  #scrollPlanned = false;

  constructor(element, limit) {
    this.#element = element;
    this.#limit = limit;
    element.addEventListener('scroll', () => {
      // With rows newer than the last scroll, the distance says nothing about what the reader wants.
      if (this.#scrollPlanned) return;
      const below = element.scrollHeight - element.scrollTop - element.clientHeight;
      this.#following = below < 24;
    }, { passive: true });
  }

  append(row) {
    this.#element.append(row);
    if (this.#element.childElementCount > this.#limit) this.#element.firstElementChild.remove();
    if (this.#following) this.#planScroll();
  }

  /** Who sends wants to see the answer: the next row comes into view, wherever the reader was. */
  follow() {
    this.#following = true;
  }

  /** Once a frame: a burst must not measure the layout once for each message. */
  #planScroll() {
    if (this.#scrollPlanned) return;
    this.#scrollPlanned = true;
    requestAnimationFrame(() => {
      this.#scrollPlanned = false;
      this.#element.scrollTop = this.#element.scrollHeight;
    });
  }
}

const wholeNumber = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });
const oneDecimal = new Intl.NumberFormat('en', { minimumFractionDigits: 1, maximumFractionDigits: 1 });
const compactNumber = new Intl.NumberFormat('en', { notation: 'compact', maximumSignificantDigits: 3 });

function formatRate(value) {
  if (value >= 100_000) return compactNumber.format(value);
  return value >= 100 || Number.isInteger(value) ? wholeNumber.format(value) : oneDecimal.format(value);
}

/** The number and its unit apart, for they are set in different sizes. */
function scaleBytes(bytes) {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let value = bytes;
  let unit = 0;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  const number = unit === 0 || value >= 99.95 ? wholeNumber.format(value) : oneDecimal.format(value);
  return [number, units[unit]];
}

const formatBytes = (bytes) => scaleBytes(bytes).join(' ');

function formatMillis(millis) {
  // Browsers blur their clocks to about a tenth of a millisecond.
  if (millis < 0.1) return '< 0.1 ms';
  return `${millis < 100 ? oneDecimal.format(millis) : wholeNumber.format(millis)} ms`;
}

function formatUptime(seconds) {
  const days = Math.floor(seconds / 86_400);
  const hours = Math.floor(seconds / 3_600) % 24;
  const minutes = Math.floor(seconds / 60) % 60;
  if (days > 0) return `${days} d ${hours} h`;
  if (hours > 0) return `${hours} h ${minutes} min`;
  return minutes > 0 ? `${minutes} min ${Math.floor(seconds % 60)} s` : `${Math.floor(seconds)} s`;
}

const pick = (list) => list[Math.floor(Math.random() * list.length)];

// --- Chat -------------------------------------------------------------------------------------

const ADJECTIVES = ['Brisk', 'Calm', 'Clever', 'Gentle', 'Jolly', 'Keen', 'Merry', 'Nimble', 'Quiet', 'Sunny', 'Swift', 'Wry'];
const ANIMALS = ['Auk', 'Curlew', 'Dolphin', 'Gannet', 'Heron', 'Marlin', 'Otter', 'Petrel', 'Plover', 'Puffin', 'Seal', 'Tern'];

/** The same name has the same colour on every page. */
function hueOf(name) {
  let hash = 0;
  for (const character of name) hash = (hash * 31 + character.codePointAt(0)) >>> 0;
  return (hash * 137) % 360;
}

const clockTime = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' });

function chatMessage({ name, text, time }, mine) {
  const author = element('span', 'chat-author', name);
  author.style.setProperty('--hue', hueOf(name));
  const date = new Date(time);
  const when = element('time', '', clockTime.format(date));
  when.dateTime = date.toISOString();

  const meta = element('div', 'chat-meta');
  meta.append(author, when);
  const message = element('div', mine ? 'chat-message mine' : 'chat-message');
  message.append(meta, element('div', 'chat-body', text));
  return message;
}

function startChat() {
  const nameField = byId('chat-name');
  const textField = byId('chat-text');
  const people = byId('chat-people');
  const log = new Log(byId('chat-log'), CHAT_ROWS);
  const sent = []; // what the server has not sent back yet: it tells our messages from a namesake's

  // A browser may have restored the name over a reload.
  const defaultName = `${pick(ADJECTIVES)} ${pick(ANIMALS)}`;
  if (nameField.value.trim() === '') nameField.value = defaultName;

  function takeIfMine({ name, text }) {
    const index = sent.findIndex((message) => message.name === name && message.text === text);
    if (index >= 0) sent.splice(index, 1);
    return index >= 0;
  }

  const connection = new Connection('chat', {
    stateElement: byId('chat-state'),
    buttons: [byId('chat-send')],
    onMessage(data) {
      const message = JSON.parse(data);
      if (message.type === 'message') log.append(chatMessage(message, takeIfMine(message)));
      if (message.type === 'people') people.textContent = message.count === 1 ? '1 person here' : `${message.count} people here`;
    },
    onClose() {
      people.textContent = '–';
      sent.length = 0;
    },
  });

  byId('chat-form').addEventListener('submit', (event) => {
    event.preventDefault();
    const text = textField.value.trim();
    if (!connection.isOpen || text === '') return;
    const message = { name: nameField.value.trim() || defaultName, text };
    sent.push(message);
    connection.send(JSON.stringify(message));
    log.follow();
    textField.value = '';
    textField.focus();
  });
}

// --- Echo -------------------------------------------------------------------------------------

const utf8 = new TextEncoder();

const bytesOf = (data) => (typeof data === 'string' ? utf8.encode(data) : new Uint8Array(data));

function sameBytes(a, b) {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) {
    if (a[i] !== b[i]) return false;
  }
  return true;
}

function preview(data) {
  if (data.length === 0 || data.byteLength === 0) return '(empty)';
  if (typeof data === 'string') return data.slice(0, 100);
  return Array.from(data.subarray(0, 24), (byte) => byte.toString(16).padStart(2, '0')).join(' ');
}

function echoRow(data, size, matches, result) {
  const row = element('li', 'echo-row');
  row.dataset.matches = String(matches);
  const mark = element('span', 'echo-mark', matches ? '✓' : '✗');
  mark.setAttribute('role', 'img');
  mark.setAttribute('aria-label', matches ? 'equal' : 'not equal');
  row.append(
    mark,
    element('span', 'echo-kind', typeof data === 'string' ? 'text' : 'binary'),
    element('span', 'echo-preview', preview(data)),
    element('span', 'echo-size', formatBytes(size)),
    element('span', 'echo-time', result),
  );
  return row;
}

/** As many small sizes as large ones: the interesting ones are at both ends. */
const randomSize = () => Math.floor(BURST_MAX_BYTES ** Math.random());

const randomBytes = (size) => crypto.getRandomValues(new Uint8Array(size));

/** One to four bytes of UTF-8 a character, so that a text that went through the wrong charset shows. */
const randomText = (length) => Array.from({ length }, () => pick(['a', 'R', '7', ' ', 'é', 'ж', '→', '€', '😀'])).join('');

function startEcho() {
  const textField = byId('echo-text');
  const summary = byId('echo-summary');
  const log = new Log(byId('echo-log'), ECHO_ROWS);
  const waiting = []; // echoes come back in order, so the first one here is the next one to arrive

  /** A batch is what one click sent: one message or a burst. */
  function settle({ batch, bytes }, matches) {
    batch.left--;
    batch.bytes += bytes.length;
    if (matches) batch.equal++;
    if (batch.left > 0) return;
    const duration = formatMillis(performance.now() - batch.start);
    summary.textContent = `${batch.equal} of ${batch.count} equal, ${formatBytes(batch.bytes)} in ${duration}`;
  }

  const connection = new Connection('echo', {
    stateElement: byId('echo-state'),
    buttons: [byId('echo-send'), byId('echo-send-binary'), byId('echo-burst')],
    onMessage(data) {
      const now = performance.now();
      const sent = waiting.shift();
      if (!sent) return;
      const back = typeof data === 'string' ? data : new Uint8Array(data);
      const bytes = bytesOf(data);
      const matches = typeof data === typeof sent.data && sameBytes(bytes, sent.bytes);
      log.append(echoRow(back, bytes.length, matches, formatMillis(now - sent.time)));
      settle(sent, matches);
    },
    onClose() {
      for (const sent of waiting.splice(0)) {
        log.append(echoRow(sent.data, sent.bytes.length, false, 'lost'));
        settle(sent, false);
      }
    },
  });

  function sendAll(messages) {
    if (!connection.isOpen) return;
    log.follow();
    const batch = { count: messages.length, left: messages.length, equal: 0, bytes: 0, start: performance.now() };
    for (const data of messages) {
      waiting.push({ data, bytes: bytesOf(data), batch, time: performance.now() });
      connection.send(data);
    }
  }

  byId('echo-form').addEventListener('submit', (event) => {
    event.preventDefault();
    sendAll([textField.value]);
  });
  byId('echo-send-binary').addEventListener('click', () => sendAll([utf8.encode(textField.value)]));
  byId('echo-burst').addEventListener('click', () => {
    sendAll(Array.from({ length: BURST_MESSAGES }, (_, index) =>
      index % 2 === 0 ? randomText(randomSize() >> 1) : randomBytes(randomSize())));
  });
}

// --- Live figures -----------------------------------------------------------------------------

/** Draws by the time of each sample, so that a lost connection shows as a gap and not as a jump. */
class Sparkline {
  #samples = [];

  add(value) {
    const now = performance.now() / 1000;
    this.#samples.push({ time: now, value });
    // One sample more than fits, for the line to reach the left edge.
    while (this.#samples.length > 1 && this.#samples[1].time < now - CHART_SECONDS) this.#samples.shift();
    this.#draw(now);
  }

  #draw(now) {
    const peak = Math.max(...this.#samples.map((sample) => sample.value));
    const top = Math.max(peak, 1) * 1.1;
    const points = this.#samples.map(({ time, value }) => ({
      time,
      x: Math.max(0, CHART_SECONDS - (now - time)).toFixed(2),
      y: (100 - (100 * value) / top).toFixed(2),
    }));
    const runs = splitAtGaps(points);
    const last = points.at(-1);
    byId('spark-line').setAttribute('d', runs.map(linePath).join(''));
    byId('spark-area').setAttribute('d', runs.map(areaPath).join(''));
    byId('spark-now').setAttribute('d', `M${last.x} ${last.y}h0.001`); // a round cap makes it a dot
    byId('spark-peak').textContent = `messages/s, peak ${formatRate(peak)}`;
    byId('spark').setAttribute('aria-label', `Messages per second over the last minute, at most ${formatRate(peak)}`);
  }
}

function splitAtGaps(points) {
  const runs = [];
  let previous = null;
  for (const point of points) {
    if (previous === null || point.time - previous.time > 2.5) runs.push([]);
    runs.at(-1).push(point);
    previous = point;
  }
  return runs;
}

const linePath = (run) => `M${run.map(({ x, y }) => `${x} ${y}`).join('L')}`;

const areaPath = (run) => `${linePath(run)}L${run.at(-1).x} 100L${run[0].x} 100Z`;

function startFigures() {
  const sparkline = new Sparkline();

  function show(figures) {
    const [bytes, unit] = scaleBytes(figures.bytesPerSecond);
    const roundTrip = figures.roundTripMillis;
    byId('figure-connections').textContent = wholeNumber.format(figures.connections);
    byId('figure-messages').textContent = formatRate(figures.messagesPerSecond);
    byId('figure-bytes').textContent = bytes;
    byId('figure-bytes-unit').textContent = `${unit}/s`;
    byId('figure-round-trip').textContent = roundTrip == null ? '–' : roundTrip.toFixed(roundTrip < 10 ? 2 : 0);
    byId('figure-saved').textContent = figures.savedPercent == null ? '–' : wholeNumber.format(figures.savedPercent);
    byId('figure-total').textContent = formatRate(figures.messages);
    byId('figure-uptime').textContent = formatUptime(figures.uptimeSeconds);
    sparkline.add(figures.messagesPerSecond);
  }

  const connection = new Connection('figures', {
    stateElement: byId('figures-state'),
    onMessage(data) {
      const figures = JSON.parse(data);
      connection.showHttp(figures.http);
      show(figures);
    },
  });
}

startChat();
startEcho();
startFigures();
