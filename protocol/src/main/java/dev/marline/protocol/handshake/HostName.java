package dev.marline.protocol.handshake;

import java.net.IDN;
import java.util.regex.Pattern;

/** Host names as resolvers, certificates and the Host header have them. */
public final class HostName {
    /** What a name may hold that goes into a Host header and to a resolver; underscores are in names of containers. */
    private static final Pattern ASCII = Pattern.compile("[0-9A-Za-z_][0-9A-Za-z._-]*");

    /**
     * The deviation characters of UTS #46: eszett, final sigma, and the two joiners. IDNA 2003, which {@link IDN} has, replaces or drops
     * them; IDNA 2008, which browsers have, keeps them, in a name that may be somebody else's.
     */
    private static final String DEVIATIONS = "\u00DF\u03C2\u200C\u200D";

    private HostName() {}

    /**
     * The ASCII form of a name, with Punycode where it has other letters.
     *
     * @throws IllegalArgumentException if it is no name, or one that IDNA 2003 and 2008 take for different names; the message names the
     *     character and its index
     */
    public static String toAscii(String name) {
        for (int i = 0; i < name.length(); i++) {
            if (DEVIATIONS.indexOf(name.charAt(i)) >= 0) {
                throw new IllegalArgumentException(
                        "character " + Characters.named(name, i)
                                + " makes different names by IDNA 2003 and IDNA 2008, expected the name in its ASCII form, xn--...");
            }
        }
        String ascii;
        try {
            ascii = IDN.toASCII(name);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(problem(name, String.valueOf(e.getMessage())), e);
        }
        // IDN folds characters that look alike: U+2100, an a/c in one character, would bring a slash into the name.
        if (!ASCII.matcher(ascii).matches()) {
            throw new IllegalArgumentException(problem(
                    name, "a name is made of letters, digits, '-', '_' and '.', and begins with none of '-' and '.'"));
        }
        return ascii;
    }

    /** Names the first character that cannot be in a name by itself; without one, says what is wrong otherwise. */
    private static String problem(String name, String otherwise) {
        for (int i = 0; i < name.length(); i += Character.charCount(name.codePointAt(i))) {
            if (!canBeInName(name.codePointAt(i))) {
                return "character " + Characters.named(name, i) + " cannot be in a name";
            }
        }
        return HeaderSyntax.printable(otherwise);
    }

    private static boolean canBeInName(int character) {
        String alone = Character.toString(character);
        try {
            return ASCII.matcher(character < 0x80 ? "a" + alone : IDN.toASCII(alone))
                    .matches();
        } catch (IllegalArgumentException e) {
            return false;
        }
    }
}
