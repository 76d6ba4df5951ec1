package dev.marline;

import java.nio.charset.StandardCharsets;

/** From strings to the UTF-8 of text messages. */
final class Text {
    private Text() {}

    /**
     * The text in UTF-8. {@link String#getBytes} puts a question mark where half of a surrogate pair stands; a text that would
     * arrive as another is refused.
     */
    static byte[] utf8(String text) {
        byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
        // As many bytes as characters: all of it is ASCII, or a surrogate has become a question mark.
        if (utf8.length != text.length() || hasSurrogate(text)) {
            requirePairs(text);
        }
        return utf8;
    }

    private static boolean hasSurrogate(String text) {
        for (int i = 0; i < text.length(); i++) {
            if (Character.isSurrogate(text.charAt(i))) {
                return true;
            }
        }
        return false;
    }

    private static void requirePairs(String text) {
        for (int i = 0; i < text.length(); i++) {
            if (!Character.isSurrogate(text.charAt(i))) {
                continue;
            }
            boolean pair = i + 1 < text.length() && Character.isSurrogatePair(text.charAt(i), text.charAt(i + 1));
            if (!pair) {
                throw new IllegalArgumentException("the text has half of a surrogate pair at index " + i
                        + ", which UTF-8 cannot express (RFC 3629 3)");
            }
            i++;
        }
    }
}
