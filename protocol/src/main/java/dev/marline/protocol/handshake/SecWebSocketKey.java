package dev.marline.protocol.handshake;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;

/**
 * The {@code Sec-WebSocket-Key} of a request and the {@code Sec-WebSocket-Accept} that answers it: RFC 6455 §4.1 and §4.2.2.
 */
public final class SecWebSocketKey {
    /** How many random bytes a key is made of. */
    public static final int BYTES = 16;

    /** RFC 6455 §1.3. */
    private static final String GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

    /** Each thread's own: several cannot share one, and it is not looked up for each handshake. */
    private static final ThreadLocal<MessageDigest> SHA_1 = ThreadLocal.withInitial(SecWebSocketKey::newSha1);

    private SecWebSocketKey() {}

    /** The header's value for 16 random bytes. */
    public static String encode(byte[] nonce) {
        if (nonce.length != BYTES) {
            throw new IllegalArgumentException("a key is made of 16 bytes, not " + nonce.length);
        }
        return Base64.getEncoder().encodeToString(nonce);
    }

    /** RFC 6455 §4.2.1: "a base64-encoded value that, when decoded, is 16 bytes in length". */
    public static boolean isValid(String key) {
        try {
            return key.length() == 24 && Base64.getDecoder().decode(key).length == BYTES;
        } catch (IllegalArgumentException notBase64) {
            return false;
        }
    }

    /** RFC 6455 §4.2.2: the base64 of the SHA-1 of the key, as it was sent, and the GUID. */
    public static String accept(String key) {
        byte[] hash = SHA_1.get().digest((key + GUID).getBytes(StandardCharsets.ISO_8859_1));
        return Base64.getEncoder().encodeToString(hash);
    }

    private static MessageDigest newSha1() {
        try {
            return MessageDigest.getInstance("SHA-1");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-1", e);
        }
    }
}
