package dev.marline.protocol.handshake;

import java.nio.charset.StandardCharsets;

/** The characters of an address: which have to be percent-encoded (RFC 3986 §2.1), and how a message names one. */
final class Characters {
    /** What else than letters and digits may stand in a path or a query as it is, RFC 3986 §3.3 and §3.4. */
    private static final String PATH_OR_QUERY = "-._~!$&'()*+,;=:@/?";

    private Characters() {}

    /** The character at an index, and the index, in ASCII: {@code '|' (U+007C) at index 8}. */
    static String named(String text, int index) {
        int character = text.codePointAt(index);
        String shown = character > ' ' && character < 0x7F ? "'" + (char) character + "' " : "";
        return shown + "(" + String.format("U+%04X", character) + ") at index " + index;
    }

    /** The index of the first surrogate that is no half of a pair, or -1. */
    static int unpairedSurrogate(String text) {
        int index = 0;
        while (index < text.length()) {
            int character = text.codePointAt(index);
            if (character >= Character.MIN_SURROGATE && character <= Character.MAX_SURROGATE) {
                return index;
            }
            index += Character.charCount(character);
        }
        return -1;
    }

    /**
     * Percent-encodes what is not ASCII, as it is written: {@link java.net.URI#toASCIIString} would compose letters and their accents,
     * which gives another name.
     *
     * @param text without an unpaired surrogate
     */
    static String encoded(String text) {
        return encoded(text, true);
    }

    /**
     * Percent-encodes what a path or a query cannot have, as browsers do with a link: a percent sign, too, that encodes nothing. Control
     * characters and backslashes stay, and are refused later.
     */
    static String encodedLink(String text) {
        return encoded(text, false);
    }

    private static String encoded(String text, boolean ascii) {
        StringBuilder encoded = new StringBuilder(text.length());
        boolean query = false;
        for (int i = 0, character; i < text.length(); i += Character.charCount(character)) {
            character = text.codePointAt(i);
            query |= character == '?';
            if (character < 0x80 && (ascii || isLeftAsItIs(text, i, query))) {
                encoded.append((char) character);
            } else {
                for (byte each : Character.toString(character).getBytes(StandardCharsets.UTF_8)) {
                    encoded.append(String.format("%%%02X", each & 0xFF));
                }
            }
        }
        return encoded.toString();
    }

    private static boolean isLeftAsItIs(String text, int index, boolean query) {
        char c = text.charAt(index);
        return switch (c) {
            case '%' -> isHex(text, index + 1) && isHex(text, index + 2);
            case '[', ']' -> query;
            case '\\' -> true;
            default ->
                c < ' '
                        || (c >= '0' && c <= '9')
                        || (c >= 'A' && c <= 'Z')
                        || (c >= 'a' && c <= 'z')
                        || PATH_OR_QUERY.indexOf(c) >= 0;
        };
    }

    private static boolean isHex(String text, int index) {
        return index < text.length() && Character.digit(text.charAt(index), 16) >= 0 && text.charAt(index) < 0x80;
    }
}
