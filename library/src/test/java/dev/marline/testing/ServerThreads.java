package dev.marline.testing;

/** The event loops of servers. Other threads come and go as they like: the JDK's and Netty's own stay a while when they are idle. */
public final class ServerThreads {
    private ServerThreads() {}

    public static long count() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().startsWith("marline-server"))
                .count();
    }
}
