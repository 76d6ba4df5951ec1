package dev.marline.bench.server;

import java.util.Locale;

/** Runs one of the servers in a process of its own: {@code EchoServer NAME PORT COMPRESSION}. */
public final class EchoServer {
    /** The largest message that a server is to take. */
    static final int MAX_MESSAGE = 2 * 1024 * 1024;

    private EchoServer() {}

    public static void main(String[] args) throws Exception {
        int port = Integer.parseInt(args[1]);
        Compression compression = Compression.valueOf(args[2].toUpperCase(Locale.ROOT));
        switch (args[0]) {
            case "marline" -> MarlineServer.start(port, compression);
            case "netty" -> NettyServer.start(port, compression);
            default -> throw new IllegalArgumentException("there is no server '" + args[0] + "'");
        }
    }
}
