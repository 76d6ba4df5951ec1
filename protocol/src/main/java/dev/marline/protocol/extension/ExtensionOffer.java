package dev.marline.protocol.extension;

import dev.marline.protocol.handshake.HeaderSyntax;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One extension as it stands in a {@code Sec-WebSocket-Extensions} header, offered or accepted: RFC 6455 §9.1.
 *
 * @param name the extension's registered name, {@code permessage-deflate} say
 * @param parameters in order, one as often as it was written
 */
public record ExtensionOffer(String name, List<Parameter> parameters) {
    /**
     * A parameter.
     *
     * @param value null where the parameter is only named; otherwise a token, without the quotes it may have been written in
     */
    public record Parameter(String name, @Nullable String value) {
        /**
         * @throws IllegalArgumentException if one is not a token: with a comma or a line break in it, it would be more than one
         */
        public Parameter {
            requireToken("an extension's parameter", name);
            if (value != null) {
                requireToken("the value of parameter " + name, value);
            }
        }

        @Override
        public String toString() {
            return value == null ? name : name + "=" + value;
        }
    }

    /**
     * @throws IllegalArgumentException if the name is not a token
     */
    public ExtensionOffer {
        requireToken("an extension's name", name);
        parameters = List.copyOf(parameters);
    }

    private static void requireToken(String what, String text) {
        if (!HeaderSyntax.isToken(text)) {
            throw new IllegalArgumentException(
                    what + " is '" + HeaderSyntax.printable(text) + "', expected a token (RFC 6455 9.1)");
        }
    }

    /** An extension without parameters. */
    public ExtensionOffer(String name) {
        this(name, List.of());
    }

    /** As it is written in the header. */
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder(name);
        for (Parameter parameter : parameters) {
            text.append("; ").append(parameter);
        }
        return text.toString();
    }
}
