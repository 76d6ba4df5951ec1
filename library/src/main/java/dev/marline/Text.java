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
        for (int i = 0; i < text.length(); ) {
            int codePoint = text.codePointAt(i);
            if (codePoint >= Character.MIN_SURROGATE && codePoint <= Character.MAX_SURROGATE) {
                throw new IllegalArgumentException("the text has half of a surrogate pair at index " + i
                        + ", which UTF-8 cannot express (RFC 3629 3)");
            }
            i += Character.charCount(codePoint);
        }
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
