package dev.marline.bench.load;

import dev.marline.Message;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.function.IntConsumer;
import java.util.function.Supplier;

/**
 * What goes over one connection of an {@link EchoLoad}, whatever client has opened it: messages that come back, a number of them on the
 * way.
 */
final class Exchange {
    // Every message is checked for its type and size. The first of each connection and some later ones are compared.
    private static final int COMPARED_FIRST = 8;
    private static final int COMPARED_EVERY = 1021;

    private final List<Message> messages;

    /** Connections start at different messages. */
    private final int first;

    private final int inFlight;
    private final int batch;
    private final Meter meter;

    // The first message is sent by the thread that starts all, the others on the event loop.
    @SuppressWarnings("NullAway.Init")
    private IntConsumer sender;

    private long sent;
    private long received;
    private int due;

    /** Which message is being timed, one at a time. */
    private long timed = -1;

    private long timedSince;

    private volatile int onTheWay;

    /** @param number of the connection */
    Exchange(int number, List<Message> messages, int inFlight, Meter meter) {
        this.messages = messages;
        this.first = number * 7;
        this.inFlight = inFlight;
        this.batch = Math.max(1, inFlight / 2);
        this.meter = meter;
    }

    /**
     * Sends one message. When it is back all else happens on the event loop.
     *
     * @param sender sends the message at an index
     */
    void begin(IntConsumer sender) {
        this.sender = sender;
        due = inFlight - 1;
        onTheWay = 1;
        sent = 1;
        sender.accept(index(0));
    }

    /**
     * A message has come back.
     *
     * @param bytes its payload; not asked of all
     */
    void arrived(boolean text, int size, Supplier<ByteBuffer> bytes) {
        check(text, size, bytes);
        if (received == timed) {
            meter.took(System.nanoTime() - timedSince);
            timed = -1;
        }
        received++;
        due++;
        meter.arrived();
        if (due >= batch && !meter.isStopped()) {
            if (timed < 0) {
                timed = sent;
                timedSince = System.nanoTime();
            }
            for (; due > 0; due--) {
                sender.accept(index(sent++));
            }
        }
        onTheWay = (int) (sent - received);
    }

    private void check(boolean text, int size, Supplier<ByteBuffer> bytes) {
        Message expected = messages.get(index(received));
        boolean compared = received < COMPARED_FIRST || received % COMPARED_EVERY == 0;
        if (text != expected.isText()
                || size != expected.size()
                || (compared && !bytes.get().equals(expected.bytes()))) {
            meter.fail("message " + received + " of a connection came back as another");
        }
    }

    /** Where the message with this number is among those that are sent. */
    private int index(long number) {
        return (int) ((first + number) % messages.size());
    }

    /** How many messages have not come back. */
    int onTheWay() {
        return onTheWay;
    }
}
