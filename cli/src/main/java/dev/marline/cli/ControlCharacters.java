package dev.marline.cli;

/** Makes characters visible that a terminal would act on: a peer must not move the cursor or change the title. */
final class ControlCharacters {
    private ControlCharacters() {}

    /** Returns the text with all control characters escaped but newlines and tabs. */
    static String escape(String text) {
        return escape(text, true);
    }

    /** Returns the text with all control characters escaped: it stays on its line. */
    static String escapeLine(String text) {
        return escape(text, false);
    }

    private static String escape(String text, boolean keepLayout) {
        StringBuilder escaped = new StringBuilder(text.length());
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (!isControl(c) || (keepLayout && (c == '\n' || c == '\t'))) {
                escaped.append(c);
            } else {
                escaped.append(String.format("\\u%04x", (int) c));
            }
        }
        return escaped.toString();
    }

    /** C0, DEL and C1, and the characters that reorder the text around them. */
    private static boolean isControl(char c) {
        return c < 0x20
                || (c >= 0x7f && c <= 0x9f)
                || c == 0x061c
                || (c >= 0x200e && c <= 0x200f)
                || (c >= 0x202a && c <= 0x202e)
                || (c >= 0x2066 && c <= 0x2069);
    }
}
