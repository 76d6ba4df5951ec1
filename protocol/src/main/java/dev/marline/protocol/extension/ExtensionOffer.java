package dev.marline.protocol.extension;

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
        @Override
        public String toString() {
            return value == null ? name : name + "=" + value;
        }
    }

    public ExtensionOffer {
        parameters = List.copyOf(parameters);
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
