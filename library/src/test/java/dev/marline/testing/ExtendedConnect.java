package dev.marline.testing;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/** One opening handshake, between HTTP/1.1 and the extended CONNECT of the later versions (RFC 8441 §5, RFC 9220 §3). */
final class ExtendedConnect {
    /** What is HTTP/1.1's alone, or is a pseudo-header. */
    private static final Set<String> LEFT_OUT =
            Set.of("connection", "upgrade", "host", "sec-websocket-key", "sec-websocket-accept");

    private String key = RawPeer.KEY;

    /** The fields of a request that a peer has sent, or of a response to Marline's. */
    List<Map.Entry<String, String>> toStream(HttpHead head) {
        List<Map.Entry<String, String>> fields = new ArrayList<>();
        if (head.startLine().startsWith("HTTP/")) {
            fields.add(Map.entry(":status", head.status() == 101 ? "200" : String.valueOf(head.status())));
        } else {
            key = head.header("Sec-WebSocket-Key");
            fields.add(Map.entry(":method", "CONNECT"));
            fields.add(Map.entry(":protocol", "websocket"));
            fields.add(Map.entry(":scheme", "http"));
            fields.add(Map.entry(":authority", head.header("Host")));
            fields.add(Map.entry(":path", head.startLine().split(" ", 3)[1]));
        }
        for (String field : head.fields()) {
            String[] parts = field.split(":", 2);
            String name = parts[0].toLowerCase(Locale.ROOT);
            if (!LEFT_OUT.contains(name)) {
                fields.add(Map.entry(name, parts[1].strip()));
            }
        }
        return fields;
    }

    /** The head of a request of Marline's, or of its response to a peer's. */
    HttpHead fromStream(Iterable<? extends Map.Entry<? extends CharSequence, ? extends CharSequence>> fields) {
        String path = "";
        String status = "";
        List<String> lines = new ArrayList<>();
        for (Map.Entry<? extends CharSequence, ? extends CharSequence> field : fields) {
            String name = field.getKey().toString();
            String value = field.getValue().toString();
            switch (name) {
                case ":path" -> path = value;
                case ":authority" -> lines.add("Host: " + value);
                case ":status" -> status = value;
                case ":method", ":protocol", ":scheme" -> {}
                default -> lines.add(name + ": " + value);
            }
        }
        if (status.isEmpty()) {
            lines.add("Sec-WebSocket-Key: " + key);
        } else if (status.equals("200")) {
            status = "101";
            lines.add("Sec-WebSocket-Accept: " + RawPeer.accept(key));
        }
        lines.add("Upgrade: websocket");
        lines.add("Connection: Upgrade");
        return new HttpHead(status.isEmpty() ? "GET " + path + " HTTP/1.1" : "HTTP/1.1 " + status + " ", lines);
    }
}
