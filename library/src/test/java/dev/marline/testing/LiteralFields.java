package dev.marline.testing;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/** Field sections as HPACK and QPACK have them, right or deliberately wrong: each field a literal, not indexed and without Huffman. */
final class LiteralFields {
    private LiteralFields() {}

    /** RFC 7541 §6.2.2; names and values in turn. */
    static byte[] hpack(String... fields) {
        ByteArrayOutputStream section = new ByteArrayOutputStream();
        for (int i = 0; i < fields.length; i += 2) {
            section.write(0);
            writeString(section, 0, 7, fields[i]);
            writeString(section, 0, 7, fields[i + 1]);
        }
        return section.toByteArray();
    }

    /** RFC 9204 §4.5.1 and §4.5.6: a prefix that refers to no dynamic table, and then the fields. */
    static byte[] qpack(String... fields) {
        ByteArrayOutputStream section = new ByteArrayOutputStream();
        section.write(0);
        section.write(0);
        for (int i = 0; i < fields.length; i += 2) {
            writeString(section, 0x20, 3, fields[i]);
            writeString(section, 0, 7, fields[i + 1]);
        }
        return section.toByteArray();
    }

    private static void writeString(ByteArrayOutputStream to, int pattern, int prefixBits, String latin1) {
        byte[] bytes = latin1.getBytes(StandardCharsets.ISO_8859_1);
        writeInteger(to, pattern, prefixBits, bytes.length);
        to.writeBytes(bytes);
    }

    /** RFC 7541 §5.1. */
    private static void writeInteger(ByteArrayOutputStream to, int pattern, int prefixBits, int value) {
        int most = (1 << prefixBits) - 1;
        if (value < most) {
            to.write(pattern | value);
            return;
        }
        to.write(pattern | most);
        int rest = value - most;
        for (; rest >= 128; rest >>>= 7) {
            to.write((rest & 0x7F) | 0x80);
        }
        to.write(rest);
    }
}
