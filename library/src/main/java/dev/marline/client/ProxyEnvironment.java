package dev.marline.client;

import dev.marline.protocol.handshake.WebSocketAddress;
import dev.marline.transport.client.ProxyAddress;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The proxy that environment variables name, as curl reads them. For a {@code ws} address that is the first that is set and not empty
 * of {@code ws_proxy}, {@code http_proxy} and {@code all_proxy}, for {@code wss} of {@code wss_proxy}, {@code https_proxy} and
 * {@code all_proxy}; each may be written in capitals, too. Where {@code no_proxy} matches, there is none.
 */
record ProxyEnvironment(Map<String, String> variables) implements ProxyChoice {
    private static final Pattern NAME_AND_PORT = Pattern.compile("(?<name>[^:]+|\\[[^\\]]*\\])(?::(?<port>[0-9]+))?");

    /** Of no name: hexadecimal groups and colons, or four numbers. */
    private static final Pattern ADDRESS = Pattern.compile("[0-9A-Fa-f.]*:[0-9A-Fa-f:.]*|[0-9]+(?:\\.[0-9]+){3}");

    @Override
    public List<Optional<ProxyAddress>> to(WebSocketAddress address) {
        return List.of(proxyTo(address));
    }

    private Optional<ProxyAddress> proxyTo(WebSocketAddress address) {
        List<String> names = address.secure()
                ? List.of("wss_proxy", "https_proxy", "all_proxy")
                : List.of("ws_proxy", "http_proxy", "all_proxy");
        for (String name : names) {
            Optional<String> proxy = variable(name);
            if (proxy.isPresent()) {
                boolean direct = variable("no_proxy")
                        .map(exceptions -> matches(exceptions, address))
                        .orElse(false);
                return direct ? Optional.empty() : Optional.of(parse(name, proxy.get()));
            }
        }
        return Optional.empty();
    }

    private Optional<String> variable(String name) {
        String upper = name.toUpperCase(Locale.ROOT);
        String value = variables.getOrDefault(name, "");
        // In a CGI script, HTTP_PROXY is what a client has sent as its header Proxy ("httpoxy", CVE-2016-5385).
        boolean fromClient = upper.equals("HTTP_PROXY") && variables.containsKey("REQUEST_METHOD");
        if (value.isBlank() && !fromClient) {
            value = variables.getOrDefault(upper, "");
        }
        return value.isBlank() ? Optional.empty() : Optional.of(value.strip());
    }

    private static ProxyAddress parse(String name, String value) {
        try {
            return ProxyAddress.parse(value.contains("://") ? value : "http://" + value);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("the environment's " + name + " is wrong: " + e.getMessage(), e);
        }
    }

    /** Whether one of the exceptions is for an address; with spaces or commas between them. */
    private static boolean matches(String exceptions, WebSocketAddress address) {
        for (String exception : exceptions.split("[\\s,]+", -1)) {
            if (!exception.isEmpty() && matchesOne(exception, address)) {
                return true;
            }
        }
        return false;
    }

    private static boolean matchesOne(String exception, WebSocketAddress address) {
        if (exception.equals("*")) {
            return true;
        }
        int slash = exception.indexOf('/');
        if (slash > 0) {
            return isInNetwork(exception.substring(0, slash), exception.substring(slash + 1), address.host());
        }
        String name = exception;
        Matcher parts = NAME_AND_PORT.matcher(exception);
        if (parts.matches()) {
            name = parts.group("name");
            String port = parts.group("port");
            if (port != null && !port.equals(String.valueOf(address.port()))) {
                return false;
            }
        }
        byte @Nullable [] host = bytes(address.host());
        if (host != null) {
            return Arrays.equals(host, bytes(name));
        }
        String domain = withoutLastDot(name.replaceFirst("^\\*?\\.", ""));
        String asked = withoutLastDot(address.host());
        return !domain.isEmpty() && (asked.equals(domain) || asked.endsWith("." + domain));
    }

    private static String withoutLastDot(String name) {
        return name.toLowerCase(Locale.ROOT).replaceFirst("\\.$", "");
    }

    private static boolean isInNetwork(String network, String prefix, String host) {
        byte[] address = bytes(host);
        byte[] base = bytes(network);
        if (address == null || base == null || address.length != base.length || !prefix.matches("[0-9]{1,3}")) {
            return false;
        }
        int bits = Integer.parseInt(prefix);
        if (bits > 8 * base.length) {
            return false;
        }
        for (int i = 0; i < bits; i++) {
            int mask = 0x80 >>> (i % 8);
            if (((address[i / 8] ^ base[i / 8]) & mask) != 0) {
                return false;
            }
        }
        return true;
    }

    /** The bytes of an address; null for a name. */
    private static byte @Nullable [] bytes(String text) {
        String address = text.replaceFirst("^\\[(.*)\\]$", "$1").replaceFirst("%.*", "");
        if (!ADDRESS.matcher(address).matches()) {
            return null;
        }
        try {
            return InetAddress.getByName(address).getAddress();
        } catch (UnknownHostException notOne) {
            return null;
        }
    }
}
