package dev.marline.protocol.handshake;

/** The version of HTTP that an opening handshake is made in, and that carries the WebSocket then. */
public enum HttpVersion {
    HTTP_1_0("HTTP/1.0"),
    HTTP_1_1("HTTP/1.1"),
    HTTP_2("HTTP/2"),
    HTTP_3("HTTP/3");

    private final String text;

    HttpVersion(String text) {
        this.text = text;
    }

    /**
     * Whether a WebSocket opens with GET and {@code Upgrade}, and then has the connection for itself (RFC 6455). Otherwise it opens with an
     * extended CONNECT, and has a stream of a connection that carries other requests, too (RFC 8441, RFC 9220).
     */
    public boolean isUpgraded() {
        return this == HTTP_1_0 || this == HTTP_1_1;
    }

    /** As it is written: {@code HTTP/1.1}, {@code HTTP/2}. */
    @Override
    public String toString() {
        return text;
    }
}
