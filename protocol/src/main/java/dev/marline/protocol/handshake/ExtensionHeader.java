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
     * what they would in one.
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
        private final String text;
        private int at;

        Parser(String text) {
            this.text = text;
        }

        boolean readAll(List<ExtensionOffer> offers) {
            int before = offers.size();
            do {
                skipSpace();
                if (at == text.length() || text.charAt(at) == ',') {
                    continue; // the list rule of RFC 9110 §5.6.1 has a recipient skip empty elements
                }
                String name = token();
                List<Parameter> parameters = new ArrayList<>(0);
                while (name != null && take(';')) {
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
            } while (take(','));
            return at == text.length() && offers.size() > before;
        }

        private @Nullable Parameter parameter() {
            skipSpace();
            String name = token();
            if (name == null) {
                return null;
            }
            if (!take('=')) {
                return new Parameter(name, null);
            }
            skipSpace();
            String value = at < text.length() && text.charAt(at) == '"' ? quoted() : token();
            return value == null ? null : new Parameter(name, value);
        }

        private @Nullable String token() {
            int start = at;
            while (at < text.length() && HeaderSyntax.isTokenCharacter(text.charAt(at))) {
                at++;
            }
            return at == start ? null : text.substring(start, at);
        }

        private @Nullable String quoted() {
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
            if (at == text.length()) {
                return null;
            }
            at++;
            return HeaderSyntax.isToken(value.toString()) ? value.toString() : null;
        }

        private boolean take(char expected) {
            skipSpace();
            if (at == text.length() || text.charAt(at) != expected) {
                return false;
            }
            at++;
            return true;
        }

        private void skipSpace() {
            while (at < text.length() && (text.charAt(at) == ' ' || text.charAt(at) == '\t')) {
                at++;
            }
        }
    }
}
