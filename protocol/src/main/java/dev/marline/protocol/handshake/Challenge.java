package dev.marline.protocol.handshake;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What a server or a proxy wants to be told before it does what it is asked: RFC 9110 §11.3.
 *
 * <pre>{@code
 * Challenge.parse(response.all("WWW-Authenticate")); // [Digest realm="harbour", nonce="..."], [Basic realm="harbour"]
 * }</pre>
 *
 * @param scheme {@code basic} or {@code digest} say, in lower case
 * @param parameters by their names in lower case, without quotes
 */
public record Challenge(String scheme, Map<String, String> parameters) {
    private static final Pattern SEPARATORS = Pattern.compile("[ \\t,]*");
    private static final Pattern TOKEN = Pattern.compile("[!#$%&'*+.^_`|~0-9A-Za-z-]+");
    private static final Pattern EQUALS = Pattern.compile("[ \\t]*=[ \\t]*");

    /** RFC 9110 §11.2: credentials in one piece, which no scheme that is known here has. */
    private static final Pattern TOKEN68 = Pattern.compile("[ \\t]+[0-9A-Za-z._~+/-]+=*[ \\t]*(?=,|$)");

    /** A challenge with these parameters. */
    public Challenge {
        parameters = Collections.unmodifiableMap(new LinkedHashMap<>(parameters));
    }

    /**
     * Reads challenges, of which a field may have several.
     *
     * @param fields the values of all {@code WWW-Authenticate} or {@code Proxy-Authenticate} fields of a response
     * @return in order; what is not one, and what follows it in its field, is left out
     */
    public static List<Challenge> parse(List<String> fields) {
        List<Challenge> challenges = new ArrayList<>(1);
        for (String field : fields) {
            new Parser(field, challenges).parse();
        }
        return challenges;
    }

    /** What is protected, in the server's words, for a person who is asked for the password; "" if it does not say. */
    public String realm() {
        String realm = parameter("realm").orElse("");
        // The bytes were taken for ISO 8859-1 as all of a header's are; most of today's are UTF-8 (RFC 7616 §3.3).
        return new String(realm.getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.UTF_8);
    }

    Optional<String> parameter(String name) {
        return Optional.ofNullable(parameters.get(name));
    }

    /** Takes a field from its beginning: a scheme begins a challenge, and a name with a value belongs to the last that has begun. */
    private static final class Parser {
        private final String field;
        private final List<Challenge> challenges;
        private int at;
        private String scheme = "";
        private Map<String, String> parameters = new LinkedHashMap<>();

        Parser(String field, List<Challenge> challenges) {
            this.field = field;
            this.challenges = challenges;
        }

        void parse() {
            take(SEPARATORS);
            while (at < field.length()) {
                String name = takeToken();
                if (name == null || !takeElement(name.toLowerCase(Locale.ROOT))) {
                    return;
                }
                take(SEPARATORS);
            }
            finish();
        }

        private boolean takeElement(String name) {
            if (take(EQUALS) == null) {
                finish();
                scheme = name;
                take(TOKEN68);
                return true;
            }
            String value = field.startsWith("\"", at) ? takeQuoted() : takeToken();
            // RFC 9110 §11.2: "authentication parameters [...] MUST only occur once per challenge".
            return value != null && !scheme.isEmpty() && parameters.put(name, value) == null;
        }

        private @Nullable String takeToken() {
            Matcher token = take(TOKEN);
            return token == null ? null : token.group();
        }

        /** RFC 9110 §5.6.4; null if the closing quote is missing. */
        private @Nullable String takeQuoted() {
            StringBuilder text = new StringBuilder();
            for (at++; at < field.length(); at++) {
                char c = field.charAt(at);
                if (c == '"') {
                    at++;
                    return text.toString();
                }
                if (c == '\\' && at + 1 < field.length()) {
                    at++;
                    c = field.charAt(at);
                }
                text.append(c);
            }
            return null;
        }

        private void finish() {
            if (!scheme.isEmpty()) {
                challenges.add(new Challenge(scheme, parameters));
            }
            parameters = new LinkedHashMap<>();
        }

        private @Nullable Matcher take(Pattern pattern) {
            Matcher matcher = pattern.matcher(field).region(at, field.length());
            if (!matcher.lookingAt()) {
                return null;
            }
            at = matcher.end();
            return matcher;
        }
    }
}
