package dev.marline.testing;

import dev.marline.protocol.handshake.HttpVersion;
import java.util.ArrayList;
import java.util.List;

/**
 * A scripted client of HTTP/2 or HTTP/3 that does exactly what the test says, wrong things too, so that what is the same for both is
 * said once. It knows neither the engine nor how Marline's own client does it.
 */
public interface StreamPeer extends AutoCloseable {
    HttpVersion version();

    /**
     * Begins a request.
     *
     * @param last whether the request ends with its head
     * @param fields names and values in turn, in the order in which they are sent
     */
    PeerStream open(boolean last, String... fields);

    /** The value of a setting that the server has sent; 0 for none. */
    long setting(int id);

    /** Waits for a GOAWAY, after which the server may still answer. */
    void awaitGoAway();

    /** How the connection ends, for which it waits: with which error code. */
    String readEnd();

    @Override
    void close();

    /** How the server is to end the stream of a malformed request: RFC 9113 §8.1.1, RFC 9114 §4.1.2. */
    default String malformed() {
        return version() == HttpVersion.HTTP_2 ? "RESET PROTOCOL_ERROR" : "RESET H3_MESSAGE_ERROR";
    }

    /** What stands for TCP's reset: RFC 8441 §5, RFC 9220 §3. */
    default String cancelled() {
        return version() == HttpVersion.HTTP_2 ? "RESET CANCEL" : "RESET H3_REQUEST_CANCELLED";
    }

    /** Sends a request that is nothing but a head, these fields. */
    default PeerStream request(String... fields) {
        return open(true, fields);
    }

    /** Sends the head of an extended CONNECT, for a WebSocket at this path. */
    default PeerStream connect(String path, String... moreFields) {
        return open(false, extendedConnect(path, moreFields));
    }

    /** Opens a WebSocket at this path. */
    default PeerStream openWebSocket(String path, String... moreFields) {
        PeerStream stream = connect(path, moreFields);
        HttpHead response = stream.readHead();
        if (response.status() != 200) {
            throw new AssertionError("no WebSocket was opened: " + response);
        }
        return stream;
    }

    /** The fields of RFC 8441 §5.1, and more. */
    static String[] extendedConnect(String path, String... moreFields) {
        return with(
                List.of(
                        ":method",
                        "CONNECT",
                        ":protocol",
                        "websocket",
                        ":scheme",
                        "https",
                        ":path",
                        path,
                        ":authority",
                        "localhost",
                        "sec-websocket-version",
                        "13"),
                moreFields);
    }

    /** The fields of a request for a page. */
    static String[] get(String path, String... moreFields) {
        return with(
                List.of(":method", "GET", ":scheme", "https", ":path", path, ":authority", "localhost"), moreFields);
    }

    /** The same fields with another value for one of them, or without it if the value is null. */
    static String[] changed(String[] fields, String name, String value) {
        List<String> changed = new ArrayList<>(List.of(fields));
        int at = changed.indexOf(name);
        if (value == null) {
            changed.remove(at + 1);
            changed.remove(at);
        } else {
            changed.set(at + 1, value);
        }
        return changed.toArray(String[]::new);
    }

    private static String[] with(List<String> fields, String... moreFields) {
        List<String> all = new ArrayList<>(fields);
        all.addAll(List.of(moreFields));
        return all.toArray(String[]::new);
    }
}
