package dev.marline.protocol.deflate;

import dev.marline.protocol.extension.ExtensionOffer;
import dev.marline.protocol.extension.ExtensionOffer.Parameter;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * The parameters of permessage-deflate as they stand in an offer or an answer: RFC 7692 §7.1.
 *
 * @param serverMaxWindowBits 8 to 15, or {@link #ABSENT}
 * @param clientMaxWindowBits 8 to 15, {@link #ABSENT}, or {@link #NO_VALUE} in an offer
 */
record DeflateParameters(
        boolean serverNoContextTakeover,
        boolean clientNoContextTakeover,
        int serverMaxWindowBits,
        int clientMaxWindowBits) {
    static final String EXTENSION = "permessage-deflate";

    /** The parameter is not there. */
    static final int ABSENT = 0;

    /** The parameter is there without a value. */
    static final int NO_VALUE = -1;

    private static final String SERVER_NO_CONTEXT_TAKEOVER = "server_no_context_takeover";
    private static final String CLIENT_NO_CONTEXT_TAKEOVER = "client_no_context_takeover";
    private static final String SERVER_MAX_WINDOW_BITS = "server_max_window_bits";
    private static final String CLIENT_MAX_WINDOW_BITS = "client_max_window_bits";

    private static final int INVALID = -2;

    /**
     * Reads an offer or an answer.
     *
     * @return empty if it is not one: RFC 7692 §7.1 has an offer declined and an answer fail the connection if it contains a parameter
     *     that is not defined, has an invalid value, or is there twice
     */
    static Optional<DeflateParameters> read(ExtensionOffer offer) {
        Set<String> seen = new HashSet<>();
        boolean serverNoContextTakeover = false;
        boolean clientNoContextTakeover = false;
        int serverMaxWindowBits = ABSENT;
        int clientMaxWindowBits = ABSENT;
        for (Parameter parameter : offer.parameters()) {
            boolean valid = seen.add(parameter.name());
            switch (parameter.name()) {
                case SERVER_NO_CONTEXT_TAKEOVER -> {
                    serverNoContextTakeover = true;
                    valid &= parameter.value() == null;
                }
                case CLIENT_NO_CONTEXT_TAKEOVER -> {
                    clientNoContextTakeover = true;
                    valid &= parameter.value() == null;
                }
                case SERVER_MAX_WINDOW_BITS -> {
                    serverMaxWindowBits = windowBits(parameter);
                    valid &= serverMaxWindowBits > 0;
                }
                case CLIENT_MAX_WINDOW_BITS -> {
                    clientMaxWindowBits = windowBits(parameter);
                    valid &= clientMaxWindowBits != INVALID;
                }
                default -> valid = false;
            }
            if (!valid) {
                return Optional.empty();
            }
        }
        return Optional.of(new DeflateParameters(
                serverNoContextTakeover, clientNoContextTakeover, serverMaxWindowBits, clientMaxWindowBits));
    }

    // RFC 7692 §7.1.2: "a decimal integer value without leading zeroes between 8 to 15, inclusive".
    private static int windowBits(Parameter parameter) {
        String value = parameter.value();
        if (value == null) {
            return NO_VALUE;
        }
        return switch (value) {
            case "8", "9", "10", "11", "12", "13", "14", "15" -> Integer.parseInt(value);
            default -> INVALID;
        };
    }

    ExtensionOffer toOffer() {
        List<Parameter> parameters = new ArrayList<>();
        if (serverNoContextTakeover) {
            parameters.add(new Parameter(SERVER_NO_CONTEXT_TAKEOVER, null));
        }
        if (clientNoContextTakeover) {
            parameters.add(new Parameter(CLIENT_NO_CONTEXT_TAKEOVER, null));
        }
        if (serverMaxWindowBits != ABSENT) {
            parameters.add(new Parameter(SERVER_MAX_WINDOW_BITS, Integer.toString(serverMaxWindowBits)));
        }
        if (clientMaxWindowBits != ABSENT) {
            String value = clientMaxWindowBits == NO_VALUE ? null : Integer.toString(clientMaxWindowBits);
            parameters.add(new Parameter(CLIENT_MAX_WINDOW_BITS, value));
        }
        return new ExtensionOffer(EXTENSION, parameters);
    }
}
