package dev.marline.bench.load;

import dev.marline.Message;
import java.util.List;

/** What an {@link EchoLoad} has its connections from, all of them on one event loop. */
interface EchoClient extends AutoCloseable {
    /** Opens a connection for each exchange, and begins them when all are open. */
    void begin(List<Exchange> exchanges, List<Message> messages) throws InterruptedException;

    @Override
    void close();
}
