package dev.marline.cli;

import dev.marline.client.WebSocketClient;
import dev.marline.protocol.handshake.WebSocketAddress;
import java.net.Authenticator;
import java.net.CookieManager;
import java.net.InetAddress;
import java.net.PasswordAuthentication;
import java.net.UnknownHostException;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Option;

/** The way to a server: proxies, redirects, and who it is that comes. */
final class OutboundOptions {
    private static final class ProxyOption {
        @Option(
                names = "--proxy",
                paramLabel = "URL",
                description = {
                    "Go through this proxy: http://, https:// or socks5://, and [user:password@]host:port.",
                    "Without, the environment's is used: HTTP_PROXY for ws, HTTPS_PROXY for wss, or ALL_PROXY, but"
                            + " for what NO_PROXY lists."
                })
        private @Nullable String proxy;

        @Option(names = "--no-proxy", description = "Go through no proxy, whatever the environment says.")
        private boolean none;
    }

    @ArgGroup
    private final ProxyOption proxy = new ProxyOption();

    @Option(
            names = "--redirects",
            paramLabel = "NUMBER",
            description = "Follow so many redirects, and keep the cookies that are set on the way"
                    + " (default: ${DEFAULT-VALUE}).")
    private int redirects;

    @Option(names = "--allow-insecure-redirects", description = "Follow redirects from wss to ws, too.")
    private boolean insecureRedirects;

    @Option(
            names = "--user",
            paramLabel = "NAME:PASSWORD",
            description = "Answer a server that asks with 401: Basic and Digest. No other is told.")
    private @Nullable String user;

    @Option(names = "--local-address", paramLabel = "ADDRESS", description = "Connect from this address.")
    private @Nullable String localAddress;

    void applyTo(WebSocketClient.Builder builder, List<String> urls) {
        if (proxy.proxy != null) {
            builder.proxy(proxy.proxy);
        } else if (!proxy.none) {
            builder.proxyFromEnvironment();
        }
        if (redirects < 0) {
            throw new IllegalArgumentException("--redirects is " + redirects + ", expected at least 0");
        }
        if (redirects > 0) {
            builder.followRedirects(redirects).cookies(new CookieManager());
        }
        if (insecureRedirects) {
            builder.allowInsecureRedirects();
        }
        if (user != null) {
            builder.authenticator(new User(user, urls));
        }
        if (localAddress != null) {
            builder.localAddress(address(localAddress));
        }
    }

    private static InetAddress address(String text) {
        if (!text.matches("[0-9.]+|[0-9A-Fa-f:.]*:.*")) {
            throw new IllegalArgumentException(
                    "--local-address '" + text + "' is not one, expected something like 192.0.2.1 or 2001:db8::1");
        }
        try {
            return InetAddress.getByName(text);
        } catch (UnknownHostException e) {
            throw new IllegalArgumentException("--local-address '" + text + "' is not one", e);
        }
    }

    /** Is shown to the servers that the command line names. */
    private static final class User extends Authenticator {
        private final PasswordAuthentication known;
        private final List<WebSocketAddress> servers;

        User(String text, List<String> urls) {
            int colon = text.indexOf(':');
            if (colon < 1) {
                throw new IllegalArgumentException("--user is not one, expected NAME:PASSWORD");
            }
            known = new PasswordAuthentication(
                    text.substring(0, colon), text.substring(colon + 1).toCharArray());
            servers = urls.stream().map(WebSocketAddress::parse).toList();
        }

        @Override
        protected @Nullable PasswordAuthentication getPasswordAuthentication() {
            WebSocketAddress asking = WebSocketAddress.parse(getRequestingURL().toString());
            boolean named = servers.stream().anyMatch(asking::isSameOrigin);
            return named && getRequestorType() == RequestorType.SERVER ? known : null;
        }
    }
}
