package dev.marline.protocol.handshake;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Answers a {@link Challenge} with a user's name and password: Basic (RFC 7617) and Digest (RFC 7616). It makes the
 * values of {@code Authorization} or {@code Proxy-Authorization} fields.
 */
public final class Authorization {
    /** Of no strength are challenges that cannot be answered; Basic's is less than any digest's. */
    private static final int BASIC_STRENGTH = 1;

    /** A session's digest is as strong as that of each request. */
    private enum Digest {
        MD5("MD5", "MD5", 2),
        SHA_256("SHA-256", "SHA-256", 3),
        SHA_512_256("SHA-512-256", "SHA-512/256", 4);

        private final String name;
        private final String ofJdk;
        private final int strength;

        Digest(String name, String ofJdk, int strength) {
            this.name = name;
            this.ofJdk = ofJdk;
            this.strength = strength;
        }
    }

    /** RFC 7616 §3.3: an algorithm's name with this behind it hashes user and password once for a session. */
    private static final String SESSION = "-sess";

    /** How many random bytes an answer needs. */
    public static final int NONCE_BYTES = 16;

    private final Challenge challenge;
    private final String user;
    private final String password;
    private final String clientNonce;

    /** How often the challenge's nonce was used. */
    private final AtomicInteger uses = new AtomicInteger();

    private Authorization(Challenge challenge, String user, String password, String clientNonce) {
        this.challenge = challenge;
        this.user = user;
        this.password = password;
        this.clientNonce = clientNonce;
    }

    /**
     * The challenge that gives the least away when it is answered: Digest rather than Basic, and of those the one with the strongest
     * algorithm. Empty if none can be answered.
     */
    public static Optional<Challenge> strongest(List<Challenge> challenges) {
        return challenges.stream()
                .filter(challenge -> strength(challenge) > 0)
                .max(Comparator.comparingInt(Authorization::strength));
    }

    private static int strength(Challenge challenge) {
        if (challenge.scheme().equals("basic")) {
            return BASIC_STRENGTH;
        }
        boolean answerable = challenge.scheme().equals("digest")
                && challenge.parameters().containsKey("realm")
                && challenge.parameters().containsKey("nonce")
                && (challenge.parameter("qop").isEmpty() || offersAuth(challenge));
        return answerable ? digest(challenge).map(digest -> digest.strength).orElse(0) : 0;
    }

    private static boolean offersAuth(Challenge challenge) {
        return Headers.of("qop", challenge.parameter("qop").orElse("")).listContains("qop", "auth");
    }

    private static Optional<Digest> digest(Challenge challenge) {
        // RFC 7616 §3.3: "If this is not present, it is assumed to be 'MD5'."
        String name = challenge.parameter("algorithm").orElse("MD5").toUpperCase(Locale.ROOT);
        String plain = isOfSession(challenge) ? name.substring(0, name.length() - SESSION.length()) : name;
        return List.of(Digest.values()).stream()
                .filter(digest -> digest.name.equals(plain))
                .findFirst();
    }

    private static boolean isOfSession(Challenge challenge) {
        return challenge
                .parameter("algorithm")
                .orElse("")
                .toLowerCase(Locale.ROOT)
                .endsWith(SESSION);
    }

    /**
     * The answer to a challenge.
     *
     * @param challenge the {@linkplain #strongest strongest}
     * @param random {@value #NONCE_BYTES} random bytes
     * @throws IllegalArgumentException if the user's name cannot be sent; the message does not show it
     */
    public static Authorization answer(Challenge challenge, String user, String password, byte[] random) {
        return answer(challenge, user, password, HexFormat.of().formatHex(random));
    }

    static Authorization answer(Challenge challenge, String user, String password, String clientNonce) {
        if (strength(challenge) == 0) {
            throw new IllegalArgumentException("there is no answer to the challenge " + challenge.scheme());
        }
        if (user.chars().anyMatch(Character::isISOControl)) {
            throw new IllegalArgumentException("the user's name has a control character");
        }
        // RFC 7617 §2: "a user-id containing a colon character is invalid, as the first colon in a user-pass string
        // separates user-id and password".
        if (challenge.scheme().equals("basic") && user.indexOf(':') >= 0) {
            throw new IllegalArgumentException("the user's name has a colon, which Basic authentication cannot send");
        }
        return new Authorization(challenge, user, password, clientNonce);
    }

    /** Basic authentication with what stands before the {@code @} of an address. */
    static String basic(String userInfo) {
        // RFC 7617 §2: user and password stand around a colon, which is there without a password too.
        String pair = userInfo.indexOf(':') >= 0 ? userInfo : userInfo + ":";
        return "Basic " + Base64.getEncoder().encodeToString(pair.getBytes(StandardCharsets.UTF_8));
    }

    /**
     * The field's value for a request.
     *
     * @param target of the request as it is sent, which is {@code host:port} to a proxy with CONNECT
     */
    public String value(String method, String target) {
        return challenge.scheme().equals("basic") ? basic(user + ":" + password) : digest(method, target);
    }

    // RFC 7616 §3.4
    private String digest(String method, String target) {
        String realm = challenge.parameter("realm").orElse("");
        String nonce = challenge.parameter("nonce").orElse("");
        boolean auth = offersAuth(challenge);
        boolean userHash = challenge.parameter("userhash").orElse("").equalsIgnoreCase("true");

        // What came from the server is hashed as the bytes that came; what is ours is UTF-8 (RFC 7616 §4).
        String secret = hash(utf8(user), realm, utf8(password));
        if (isOfSession(challenge)) {
            secret = hash(secret, nonce, clientNonce);
        }
        String request = hash(utf8(method), utf8(target));
        String count = String.format(Locale.ROOT, "%08x", uses.incrementAndGet());
        String response =
                auth ? hash(secret, nonce, count, clientNonce, "auth", request) : hash(secret, nonce, request);

        StringBuilder value = new StringBuilder("Digest ");
        if (userHash) {
            value.append("username=").append(quoted(hash(utf8(user), realm)));
        } else if (user.chars().allMatch(c -> c < 0x7F)) {
            value.append("username=").append(quoted(user));
        } else {
            value.append("username*=UTF-8''").append(percentEncoded(user));
        }
        value.append(", realm=").append(quoted(realm));
        value.append(", uri=").append(quoted(target));
        challenge
                .parameter("algorithm")
                .ifPresent(algorithm -> value.append(", algorithm=").append(algorithm));
        value.append(", nonce=").append(quoted(nonce));
        if (auth) {
            value.append(", nc=").append(count);
            value.append(", cnonce=").append(quoted(clientNonce));
            value.append(", qop=auth");
        }
        value.append(", response=").append(quoted(response));
        challenge
                .parameter("opaque")
                .ifPresent(opaque -> value.append(", opaque=").append(quoted(opaque)));
        if (userHash) {
            value.append(", userhash=true");
        }
        return value.toString();
    }

    /** The hash of the parts with colons between them, each a byte for a character. */
    private String hash(String... parts) {
        try {
            MessageDigest digest = MessageDigest.getInstance(digest(challenge).orElseThrow().ofJdk);
            return HexFormat.of()
                    .formatHex(digest.digest(String.join(":", parts).getBytes(StandardCharsets.ISO_8859_1)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has it", e);
        }
    }

    /** The text in UTF-8, a character for each byte. */
    private static String utf8(String text) {
        return new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
    }

    private static String quoted(String text) {
        return '"' + text.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
    }

    /** RFC 8187 §3.2.1. */
    private static String percentEncoded(String text) {
        StringBuilder encoded = new StringBuilder();
        for (byte each : text.getBytes(StandardCharsets.UTF_8)) {
            char c = (char) (each & 0xFF);
            boolean plain = c < 0x7F && (Character.isLetterOrDigit(c) || "!#$&+-.^_`|~".indexOf(c) >= 0);
            encoded.append(plain ? String.valueOf(c) : String.format(Locale.ROOT, "%%%02X", (int) c));
        }
        return encoded.toString();
    }
}
