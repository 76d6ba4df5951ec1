package dev.marline.protocol;

import java.util.Locale;

/** What a frame's payload data means: the four opcode bits of RFC 6455 §5.2. */
public final class Opcode {
    public static final int CONTINUATION = 0x0;
    public static final int TEXT = 0x1;
    public static final int BINARY = 0x2;
    public static final int CLOSE = 0x8;
    public static final int PING = 0x9;
    public static final int PONG = 0xA;

    private Opcode() {}

    /** RFC 6455 §5.5: control frames are those whose opcode has its most significant bit set. */
    public static boolean isControl(int opcode) {
        return (opcode & 0x8) != 0;
    }

    /** Whether RFC 6455 §11.8 leaves the opcode without a meaning: 3 to 7 and 0xB to 0xF. */
    public static boolean isReserved(int opcode) {
        return (opcode & 0x7) > 0x2;
    }

    /**
     * Checks that a message can have this opcode.
     *
     * @throws IllegalArgumentException if it is neither {@link #TEXT} nor {@link #BINARY}
     */
    static void requireMessage(int opcode) {
        if (opcode != TEXT && opcode != BINARY) {
            throw new IllegalArgumentException("a message is TEXT or BINARY, not " + name(opcode));
        }
    }

    /** The opcode's name as the RFC spells it, in capitals. */
    public static String name(int opcode) {
        return switch (opcode) {
            case CONTINUATION -> "CONTINUATION";
            case TEXT -> "TEXT";
            case BINARY -> "BINARY";
            case CLOSE -> "CLOSE";
            case PING -> "PING";
            case PONG -> "PONG";
            default -> "RESERVED 0x" + Integer.toHexString(opcode).toUpperCase(Locale.ROOT);
        };
    }
}
