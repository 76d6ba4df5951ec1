package dev.marline.bench.load;

import java.util.List;

/**
 * A kind of traffic that servers are compared under.
 *
 * @param size of a message in bytes
 * @param inFlight how many messages each connection has on the way
 */
public record Scenario(
        String name, Kind kind, Payload payload, int size, int connections, int inFlight, boolean deflate) {

    /** What connections do. */
    public enum Kind {
        /** Each sends messages, which come back to it. */
        ECHO,

        /** One sends messages, which come to all. */
        BROADCAST,

        /** None sends anything. */
        IDLE
    }

    /** All there are. */
    public static final List<Scenario> ALL = List.of(
            echo("echo-32-p1", Payload.BINARY, 32, 64, 1),
            echo("echo-32-1000c", Payload.BINARY, 32, 1000, 1),
            echo("echo-32-p64", Payload.BINARY, 32, 64, 64),
            echo("echo-1k-p16", Payload.BINARY, 1024, 64, 16),
            echo("echo-64k-p2", Payload.BINARY, 64 * 1024, 16, 2),
            echo("echo-1m-p1", Payload.BINARY, 1024 * 1024, 8, 1),
            echo("text-1k-p16", Payload.TEXT, 1024, 64, 16),
            new Scenario("deflate-1k-p16", Kind.ECHO, Payload.JSON, 1024, 64, 16, true),
            new Scenario("broadcast-500", Kind.BROADCAST, Payload.BINARY, 128, 500, 8, false),
            new Scenario("idle-10k", Kind.IDLE, Payload.BINARY, 0, 10_000, 0, false));

    private static Scenario echo(String name, Payload payload, int size, int connections, int inFlight) {
        return new Scenario(name, Kind.ECHO, payload, size, connections, inFlight, false);
    }

    /** The one that has this name. */
    static Scenario named(String name) {
        return ALL.stream()
                .filter(scenario -> scenario.name.equals(name))
                .findFirst()
                .orElseThrow();
    }

    /** Whether it also works over TLS: the echoes without compression. */
    public boolean overTls() {
        return kind == Kind.ECHO && !deflate;
    }

    /** The largest message that the server is to take. */
    int maxMessageBytes() {
        return Math.max(8 * 1024, 2 * size);
    }

    /** In words. */
    public String description() {
        String messages = sizeInWords() + (payload == Payload.BINARY ? "" : " of " + payload) + ", ";
        return switch (kind) {
            case ECHO ->
                messages + connections + " connections, " + inFlight + " in flight on each"
                        + (deflate ? ", permessage-deflate with context takeover" : "");
            case BROADCAST ->
                messages + "from one to all of " + connections + " connections, " + inFlight
                        + " in flight; a message is a delivery";
            case IDLE -> String.format("%,d connections that send nothing", connections);
        };
    }

    private String sizeInWords() {
        if (size >= 1024 * 1024) {
            return size / (1024 * 1024) + " MiB";
        }
        return size >= 1024 ? size / 1024 + " KiB" : size + " bytes";
    }
}
