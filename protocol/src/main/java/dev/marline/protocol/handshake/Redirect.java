package dev.marline.protocol.handshake;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A response that sends the client elsewhere: RFC 9110 §15.4.
 *
 * @param from where the request went
 * @param to where the next one would go; the user of {@code from} comes along within one origin, and the response brings none
 */
public record Redirect(WebSocketAddress from, WebSocketAddress to) {
    private static final Set<Integer> STATUSES = Set.of(301, 302, 303, 307, 308);

    private static final Pattern SCHEME = Pattern.compile("[A-Za-z][A-Za-z0-9+.-]*:.*");

    /** What stands before path and query, and these. */
    private static final Pattern PARTS =
            Pattern.compile("(?s)(?<origin>(?:[A-Za-z][A-Za-z0-9+.-]*:)?(?://[^/?]*)?)(?<rest>.*)");

    /** What tells nothing about anybody; all else an application may have meant for the one server alone. */
    private static final Set<String> FOR_ANYBODY =
            Set.of("accept", "accept-language", "cache-control", "origin", "pragma", "user-agent");

    /**
     * Where a response sends the client, if it does.
     *
     * @throws IllegalArgumentException if it is no WebSocket's address; the message says why
     */
    public static Optional<Redirect> of(WebSocketAddress from, int status, Headers response) {
        Optional<String> location = response.first("Location");
        if (!STATUSES.contains(status) || location.isEmpty()) {
            return Optional.empty();
        }
        WebSocketAddress to = WebSocketAddress.parse(resolve(from, reference(location.get())));
        WebSocketAddress resolved = to.withTarget(withoutDots(to.target())).withUserInfo(null);
        if (resolved.isSameOrigin(from)) {
            return Optional.of(new Redirect(from, resolved.withUserInfo(from.userInfo())));
        }
        // A server elsewhere must not be able to have its clients speak to what listens on their machines.
        if (resolved.socketPath() != null) {
            throw new IllegalArgumentException("'" + resolved + "' is a socket of this machine");
        }
        return Optional.of(new Redirect(from, resolved));
    }

    /** Whether it leads from TLS to a connection that anybody on the way can read. */
    public boolean losesTls() {
        return from.secure() && !to.secure();
    }

    /**
     * What goes to the new address of the headers that an application gives. To another origin that is only what tells nothing:
     * {@code Authorization} and {@code Cookie} were for the first, as may be a header that only the application knows.
     */
    public Headers headers(Headers ofApplication) {
        if (from.isSameOrigin(to)) {
            return ofApplication;
        }
        List<Headers.Field> kept = new ArrayList<>();
        for (Headers.Field field : ofApplication) {
            if (FOR_ANYBODY.contains(field.name().toLowerCase(Locale.ROOT))) {
                kept.add(field);
            }
        }
        return Headers.of(kept);
    }

    /** A Location as a URI reference without its fragment, read as browsers do: its bytes are UTF-8, and what a URI cannot have is encoded. */
    private static String reference(String location) {
        String reference = utf8(location).strip();
        int fragment = reference.indexOf('#');
        String whole = fragment < 0 ? reference : reference.substring(0, fragment);
        Matcher parts = PARTS.matcher(whole);
        return parts.matches() ? parts.group("origin") + Characters.encodedLink(parts.group("rest")) : whole;
    }

    /** The text of a header, of which each character is a byte; bytes that are no UTF-8 are percent-encoded. */
    private static String utf8(String header) {
        byte[] bytes = header.getBytes(StandardCharsets.ISO_8859_1);
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
        } catch (CharacterCodingException e) {
            StringBuilder encoded = new StringBuilder();
            for (byte each : bytes) {
                encoded.append(each < 0 ? String.format("%%%02X", each & 0xFF) : (char) each);
            }
            return encoded.toString();
        }
    }

    /** RFC 3986 §5.2, without a fragment; dots are taken out later. */
    private static String resolve(WebSocketAddress from, String reference) {
        String scheme = from.secure() ? "wss:" : "ws:";
        String origin = from.origin();
        String path = from.target().replaceFirst("\\?.*", "");
        if (SCHEME.matcher(reference).matches()) {
            return reference;
        } else if (reference.startsWith("//")) {
            return scheme + reference;
        } else if (reference.startsWith("/")) {
            return origin + reference;
        } else if (reference.isEmpty()) {
            return origin + from.target();
        } else if (reference.startsWith("?")) {
            return origin + path + reference;
        }
        return origin + path.substring(0, path.lastIndexOf('/') + 1) + reference;
    }

    /** RFC 3986 §5.2.4. */
    private static String withoutDots(String target) {
        int query = target.indexOf('?');
        String path = query < 0 ? target : target.substring(0, query);
        List<String> segments = Arrays.asList(path.substring(1).split("/", -1));
        Deque<String> kept = new ArrayDeque<>();
        for (int i = 0; i < segments.size(); i++) {
            String segment = segments.get(i);
            boolean last = i == segments.size() - 1;
            if (segment.equals("..")) {
                kept.pollLast();
            }
            if (!segment.equals("..") && !segment.equals(".")) {
                kept.add(segment);
            } else if (last) {
                kept.add("");
            }
        }
        return "/" + String.join("/", kept) + (query < 0 ? "" : target.substring(query));
    }
}
