package dev.marline.bench.load;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Clients that begin a request and send a byte of a header each second, and that begin anew as soon as they are hung up on. All of them
 * are one thread's, and their bytes are spread over the second.
 */
final class SlowClients implements AutoCloseable {
    private static final byte[] BEGIN =
            "GET / HTTP/1.1\r\nHost: localhost\r\nX-Slow: ".getBytes(StandardCharsets.US_ASCII);

    /** Loopback has many addresses, so that none runs out of ports. */
    private static final int ADDRESSES = 16;

    private static final long SECOND = TimeUnit.SECONDS.toNanos(1);
    private static final long TIMEOUT_SECONDS = 60;

    private final int port;
    private final int count;
    private final Selector selector = Selector.open();
    private final Queue<Client> turns = new ArrayDeque<>();
    private final CountDownLatch connected;
    private final Thread thread = new Thread(this::run, "slow-clients");
    private volatile boolean closed;
    private final AtomicLong reconnects = new AtomicLong();

    private SlowClients(int port, int count) throws IOException {
        this.port = port;
        this.count = count;
        this.connected = new CountDownLatch(count);
    }

    /** Starts so many, and waits until each has connected once. */
    static SlowClients start(int port, int count) throws IOException, InterruptedException {
        SlowClients clients = new SlowClients(port, count);
        clients.thread.setDaemon(true);
        clients.thread.start();
        if (!clients.connected.await(TIMEOUT_SECONDS, TimeUnit.SECONDS)) {
            clients.close();
            throw new LoadException("not all slow clients have connected within " + TIMEOUT_SECONDS + " s");
        }
        return clients;
    }

    /** How often one had to begin anew. */
    long reconnects() {
        return reconnects.get();
    }

    private final class Client {
        private final int number;
        private SocketChannel channel;
        private long next;
        private boolean begun;

        Client(int number) throws IOException {
            this.number = number;
            this.next = System.nanoTime() + SECOND * number / count;
            this.channel = connect();
        }

        private SocketChannel connect() throws IOException {
            SocketChannel connecting = SocketChannel.open();
            connecting.configureBlocking(false);
            connecting.register(selector, SelectionKey.OP_CONNECT, this);
            connecting.connect(new InetSocketAddress("127.0.0." + (1 + number % ADDRESSES), port));
            begun = false;
            return connecting;
        }

        void ready(SelectionKey key) throws IOException {
            try {
                if (key.isConnectable() && channel.finishConnect()) {
                    key.interestOps(SelectionKey.OP_READ);
                    channel.write(ByteBuffer.wrap(BEGIN));
                    begun = true;
                    connected.countDown();
                } else if (key.isReadable() && channel.read(ByteBuffer.allocate(256)) < 0) {
                    again();
                }
            } catch (IOException hungUp) {
                again();
            }
        }

        void sendByte() throws IOException {
            next += SECOND;
            try {
                if (begun) {
                    channel.write(ByteBuffer.wrap(new byte[] {'x'}));
                }
            } catch (IOException hungUp) {
                again();
            }
        }

        private void again() throws IOException {
            reconnects.incrementAndGet();
            channel.close();
            channel = connect();
        }
    }

    private void run() {
        try (selector) {
            for (int i = 0; i < count; i++) {
                turns.add(new Client(i));
                select(0);
            }
            while (!closed) {
                long now = System.nanoTime();
                while (now - turns.element().next >= 0) {
                    Client first = turns.remove();
                    first.sendByte();
                    turns.add(first);
                }
                select(1);
            }
            for (Client client : turns) {
                client.channel.close();
            }
        } catch (IOException e) {
            throw new LoadException("the slow clients cannot go on", e);
        }
    }

    private void select(long millis) throws IOException {
        if (millis == 0) {
            selector.selectNow();
        } else {
            selector.select(millis);
        }
        for (SelectionKey key : selector.selectedKeys()) {
            ((Client) key.attachment()).ready(key);
        }
        selector.selectedKeys().clear();
    }

    @Override
    public void close() {
        closed = true;
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
