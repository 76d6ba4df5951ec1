package dev.marline.protocol.handshake;

import org.jspecify.annotations.Nullable;

/** Reads a header field's value from left to right: the tokens, quoted strings and marks between them that RFC 9110 §5.6 has. */
final class FieldReader {
    private final String text;
    private int at;

    FieldReader(String text) {
        this.text = text;
    }

    /** Whether all has been read. */
    boolean isAtEnd() {
        return at == text.length();
    }

    /** Whether this is what comes next. */
    boolean isAt(char expected) {
        return at < text.length() && text.charAt(at) == expected;
    }

    /** Skips white space, and this if it comes then; whether it did. */
    boolean take(char expected) {
        skipSpace();
        boolean there = isAt(expected);
        at += there ? 1 : 0;
        return there;
    }

    void skipSpace() {
        while (isAt(' ') || isAt('\t')) {
            at++;
        }
    }

    /** RFC 9110 §5.6.2; null if none comes next. */
    @Nullable
    String token() {
        int start = at;
        while (at < text.length() && HeaderSyntax.isTokenCharacter(text.charAt(at))) {
            at++;
        }
        return at == start ? null : text.substring(start, at);
    }

    /** RFC 9110 §5.6.4: what is in a quoted string, where one comes next and ends; otherwise null. */
    @Nullable
    String quotedString() {
        if (!isAt('"')) {
            return null;
        }
        StringBuilder value = new StringBuilder();
        at++;
        while (at < text.length() && text.charAt(at) != '"') {
            if (text.charAt(at) == '\\') {
                at++;
            }
            if (at < text.length()) {
                value.append(text.charAt(at++));
            }
        }
        if (isAtEnd()) {
            return null;
        }
        at++;
        return value.toString();
    }
}
