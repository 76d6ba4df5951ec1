package dev.marline.transport.loop;

import io.netty.channel.unix.Socket;

/** Reads from a socket of epoll's past its channel; on the event loop. */
public interface SocketReader {
    /**
     * Looks at what reading is going to need, which has it in the processor's cache by then.
     *
     * @return any number that is made of it, so that nobody can leave the looking out
     */
    int prefetch();

    /**
     * Reads what there is, once; what is left, the end of the input too, is told again. If it throws, the connection is closed.
     *
     * @return whether it will read the next time, too, and not the channel
     */
    boolean read(Socket socket);
}
