package dev.marline.client;

import dev.marline.WebSocketException;
import dev.marline.protocol.handshake.Headers;
import dev.marline.protocol.handshake.WebSocketAddress;
import java.io.IOException;
import java.net.CookieHandler;
import java.net.CookieManager;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The cookies of a {@link CookieHandler} as RFC 6265 has them. The JDK's {@link CookieManager} takes a cookie with Max-Age for one of
 * RFC 2965, which nobody implements: it returns {@code session=17} as {@code $Version="1"; session="17";$Path="/"}.
 */
final class Cookies {
    private static final Pattern ATTRIBUTE = Pattern.compile("(?i)\\$(version|path|domain|port)\\s*=.*");

    private static final Pattern MAX_AGE = Pattern.compile("(?i);\\s*max-age\\s*=");
    private static final Pattern EXPIRES = Pattern.compile("(?i)expires=");

    /** A Set-Cookie header whose value is in quotes, single or double, with something between them. */
    private static final Pattern QUOTED = Pattern.compile("([^=;]*=\\s*)(\"[^;]+\"|'[^;]+')(\\s*(?:;.*)?)");

    private final CookieHandler handler;

    Cookies(CookieHandler handler) {
        this.handler = handler;
    }

    // ---- cookies that are sent

    /**
     * Returns the headers with the stored cookies added. May block.
     *
     * @throws WebSocketException if the handler fails
     */
    Headers addTo(Headers headers, WebSocketAddress address) {
        Map<String, List<String>> stored;
        try {
            stored = handler.get(address.httpUri(), Map.of());
        } catch (IOException e) {
            throw new WebSocketException("the cookies for " + address + " cannot be had: " + e.getMessage(), e);
        }
        String all = cookieString(stored.getOrDefault("Cookie", List.of()));
        if (all.isEmpty()) {
            return headers;
        }
        // RFC 6265 §5.4: "the user agent MUST NOT attach more than one Cookie header field".
        String own = String.join("; ", headers.all("Cookie"));
        return headers.without("Cookie").with("Cookie", own.isEmpty() ? all : own + "; " + all);
    }

    /** Joins cookies, without the attributes of RFC 2965 and the quotes that come with them (RFC 6265 §5.4). */
    static String cookieString(List<String> cookies) {
        List<String> pairs = new ArrayList<>();
        boolean mayBeQuoted = false;
        for (String part : String.join(";", cookies).split(";", -1)) {
            String pair = part.strip();
            if (!ATTRIBUTE.matcher(pair).matches()) {
                if (!pair.isEmpty()) {
                    pairs.add(pair);
                    mayBeQuoted = true;
                }
            } else if (mayBeQuoted && !pair.regionMatches(true, 0, "$version", 0, "$version".length())) {
                pairs.set(pairs.size() - 1, withoutQuotes(pairs.get(pairs.size() - 1)));
                mayBeQuoted = false;
            }
        }
        return String.join("; ", pairs);
    }

    private static String withoutQuotes(String pair) {
        return pair.replaceFirst("^([^=]*=)\"(.*)\"$", "$1$2");
    }

    // ---- cookies that a server sets

    /**
     * Hands the cookies of a response to the handler. May block.
     *
     * @throws WebSocketException if the handler fails
     */
    void store(Headers response, WebSocketAddress address) {
        List<String> set = response.all("Set-Cookie");
        if (set.isEmpty()) {
            return;
        }
        List<String> given = handler instanceof CookieManager
                ? set.stream().map(Cookies::forManager).toList()
                : set;
        try {
            handler.put(address.httpUri(), Map.of("Set-Cookie", given));
        } catch (IOException e) {
            throw new WebSocketException("the cookies of " + address + " cannot be stored: " + e.getMessage(), e);
        }
    }

    /**
     * A Set-Cookie header that a {@link CookieManager} stores as RFC 6265 §5.2 reads the given one. Its parser takes one pair of quotes off a
     * value, and splits what has Max-Age and no Expires at commas, as RFC 2965 did. Max-Age overrides Expires.
     */
    static String forManager(String setCookie) {
        Matcher quoted = QUOTED.matcher(setCookie);
        String kept = quoted.matches() ? quoted.group(1) + '"' + quoted.group(2) + '"' + quoted.group(3) : setCookie;
        return MAX_AGE.matcher(kept).find() && !EXPIRES.matcher(kept).find()
                ? kept + "; Expires=Thu, 01 Jan 1970 00:00:00 GMT"
                : kept;
    }
}
