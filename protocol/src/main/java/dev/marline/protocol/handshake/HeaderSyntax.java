package dev.marline.protocol.handshake;

import java.util.List;

/** The characters that RFC 9110 §5 allows in header fields. */
public final class HeaderSyntax {
    private static final String TOKEN_PUNCTUATION = "!#$%&'*+-.^_`|~";

    private HeaderSyntax() {}

    /** RFC 9110 §5.6.2. */
    public static boolean isToken(String text) {
        for (int i = 0; i < text.length(); i++) {
            if (!isTokenCharacter(text.charAt(i))) {
                return false;
            }
        }
        return !text.isEmpty();
    }

    static boolean areTokens(List<String> texts) {
        for (String text : texts) {
            if (!isToken(text)) {
                return false;
            }
        }
        return true;
    }

    static boolean isTokenCharacter(char c) {
        return (c >= 'a' && c <= 'z')
                || (c >= 'A' && c <= 'Z')
                || (c >= '0' && c <= '9')
                || TOKEN_PUNCTUATION.indexOf(c) >= 0;
    }

    /** RFC 9110 §5.5: no control characters but tab, and what a byte can hold. */
    static boolean isFieldValue(String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if ((c < ' ' && c != '\t') || c == 0x7F || c > 0xFF) {
                return false;
            }
        }
        return true;
    }

    /** The text with a question mark for each character that would not print, for a message on one line. */
    public static String printable(String text) {
        return text.replaceAll("[^\\x20-\\x7E]", "?");
    }
}
