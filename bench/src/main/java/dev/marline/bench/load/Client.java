package dev.marline.bench.load;

/** A client that an {@link EchoLoad} can have its connections from. */
public enum Client {
    /** Marline's, which does all that scenarios need. */
    MARLINE,

    /** Netty's own codec, in clear text and without compression. */
    NETTY;

    EchoClient of(ServerProcess server, Meter meter) {
        return switch (this) {
            case MARLINE -> new MarlineEchoClient(server, meter);
            case NETTY -> new NettyEchoClient(server, meter);
        };
    }
}
