package dev.marline.protocol.handshake;

import dev.marline.protocol.extension.ExtensionOffer;
import dev.marline.protocol.extension.ExtensionOffer.Parameter;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The grammar of {@code Sec-WebSocket-Extensions}: RFC 6455 §9.1. */
public final class ExtensionHeader {
    /** The header's name. */
    public static final String NAME = "Sec-WebSocket-Extensions";

    private ExtensionHeader() {}

    /**
     * Reads the offers of all such headers of a request or response, in order. RFC 6455 §9.1: split over several headers they mean
     * what they would in one. A header without an element counts as none.
     *
     * @return empty if a header breaks the grammar, which fails the handshake
     */
    public static Optional<List<ExtensionOffer>> parse(List<String> headerValues) {
        List<ExtensionOffer> offers = new ArrayList<>();
        for (String value : headerValues) {
            if (!new Parser(value).readAll(offers)) {
                return Optional.empty();
            }
        }
        return Optional.of(offers);
    }

    /**
     * The grammar of RFC 6455 §9.1.
     *
     * <pre>
     * extension-list  = 1#extension
     * extension       = extension-token *( ";" extension-param )
     * extension-param = token [ "=" (token | quoted-string) ]
     *     ; the value after quoted-string unescaping MUST conform to the 'token' ABNF
     * </pre>
     */
    private static final class Parser {
        private final FieldReader in;

        Parser(String text) {
            in = new FieldReader(text);
        }

        boolean readAll(List<ExtensionOffer> offers) {
            do {
                in.skipSpace();
                if (in.isAtEnd() || in.isAt(',')) {
                    continue; // the list rule of RFC 9110 §5.6.1 has a recipient skip empty elements
                }
                String name = in.token();
                List<Parameter> parameters = new ArrayList<>(0);
                while (name != null && in.take(';')) {
                    Parameter parameter = parameter();
                    if (parameter == null) {
                        return false;
                    }
                    parameters.add(parameter);
                }
                if (name == null) {
                    return false;
                }
                offers.add(new ExtensionOffer(name, parameters));
            } while (in.take(','));
            return in.isAtEnd();
        }

        private @Nullable Parameter parameter() {
            in.skipSpace();
            String name = in.token();
            if (name == null) {
                return null;
            }
            if (!in.take('=')) {
                return new Parameter(name, null);
            }
            in.skipSpace();
            String value = in.isAt('"') ? in.quotedString() : in.token();
            return value != null && HeaderSyntax.isToken(value) ? new Parameter(name, value) : null;
        }
    }
}
