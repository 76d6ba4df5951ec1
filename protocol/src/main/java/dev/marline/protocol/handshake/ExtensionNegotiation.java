package dev.marline.protocol.handshake;

import dev.marline.protocol.extension.Extension;
import dev.marline.protocol.extension.ExtensionOffer;
import dev.marline.protocol.extension.NegotiatedExtension;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Which extensions a connection uses, and how: RFC 6455 §9.1. */
public final class ExtensionNegotiation {
    private ExtensionNegotiation() {}

    /**
     * The extensions that an end is set up with, checked.
     *
     * @throws IllegalArgumentException if a name is not a token or there twice
     */
    public static List<Extension> checked(Extension... extensions) {
        Set<String> names = new HashSet<>();
        for (Extension extension : extensions) {
            if (!HeaderSyntax.isToken(extension.name())) {
                throw new IllegalArgumentException("extension '" + HeaderSyntax.printable(extension.name())
                        + "' is not named with a token (RFC 6455 9.1)");
            }
            if (!names.add(extension.name())) {
                throw new IllegalArgumentException("extension " + extension.name() + " is there twice");
            }
        }
        return List.of(extensions);
    }

    /**
     * The server's choice, in the order of the client's offers: of each extension the first offer that it can meet, unless one that is
     * chosen already needs the same reserved bit.
     */
    static List<NegotiatedExtension> accept(List<Extension> extensions, List<ExtensionOffer> offers) {
        List<NegotiatedExtension> accepted = new ArrayList<>(extensions.size());
        int taken = 0;
        for (ExtensionOffer offer : offers) {
            Optional<NegotiatedExtension> agreed = isThere(accepted, offer.name())
                    ? Optional.empty()
                    : find(extensions, offer.name()).flatMap(extension -> extension.accept(offer));
            if (agreed.isPresent() && (agreed.get().reservedBits() & taken) == 0) {
                accepted.add(agreed.get());
                taken |= agreed.get().reservedBits();
            }
        }
        return List.copyOf(accepted);
    }

    /** What a client makes of the server's answer. */
    sealed interface Confirmation {
        record Confirmed(List<NegotiatedExtension> extensions) implements Confirmation {}

        record Failed(String why) implements Confirmation {}
    }

    static Confirmation confirm(List<Extension> extensions, List<String> headerValues) {
        if (headerValues.isEmpty()) {
            return new Confirmation.Confirmed(List.of());
        }
        Optional<List<ExtensionOffer>> answers = ExtensionHeader.parse(headerValues);
        if (answers.isEmpty()) {
            return failed("Sec-WebSocket-Extensions breaks its grammar (RFC 6455 9.1)", headerValues);
        }
        List<NegotiatedExtension> confirmed = new ArrayList<>(1);
        int taken = 0;
        for (ExtensionOffer answer : answers.get()) {
            Optional<Extension> offered = find(extensions, answer.name());
            // RFC 6455 §4.1: a response that "indicates the use of an
            // extension that was not present in the client's handshake" fails.
            if (offered.isEmpty()) {
                return failed("the server uses an extension that was not offered (RFC 6455 4.1)", headerValues);
            }
            if (isThere(confirmed, answer.name())) {
                return failed("the server uses " + answer.name() + " twice (RFC 6455 9.1)", headerValues);
            }
            Optional<NegotiatedExtension> agreed = offered.get().confirm(answer);
            if (agreed.isEmpty()) {
                return failed(
                        "the server's answer does not fit the offer "
                                + offered.get().offers(),
                        headerValues);
            }
            if ((agreed.get().reservedBits() & taken) != 0) {
                return failed("the server uses two extensions that need the same reserved bit", headerValues);
            }
            taken |= agreed.get().reservedBits();
            confirmed.add(agreed.get());
        }
        return new Confirmation.Confirmed(List.copyOf(confirmed));
    }

    private static Confirmation failed(String why, List<String> headerValues) {
        return new Confirmation.Failed(why + ": " + HeaderSyntax.printable(String.join(", ", headerValues)));
    }

    private static Optional<Extension> find(List<Extension> extensions, String name) {
        return extensions.stream()
                .filter(extension -> extension.name().equals(name))
                .findFirst();
    }

    private static boolean isThere(List<NegotiatedExtension> negotiated, String name) {
        return negotiated.stream().anyMatch(each -> each.answer().name().equals(name));
    }
}
