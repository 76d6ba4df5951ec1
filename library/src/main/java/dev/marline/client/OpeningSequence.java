package dev.marline.client;

import dev.marline.HandshakeException;
import dev.marline.WebSocket;
import dev.marline.WebSocketException;
import dev.marline.WebSocketListener;
import dev.marline.protocol.handshake.Authorization;
import dev.marline.protocol.handshake.Challenge;
import dev.marline.protocol.handshake.ClientHandshake;
import dev.marline.protocol.handshake.Headers;
import dev.marline.protocol.handshake.HttpVersion;
import dev.marline.protocol.handshake.Redirect;
import dev.marline.protocol.handshake.WebSocketAddress;
import dev.marline.transport.client.ClientTransport;
import dev.marline.transport.client.HandshakeDeadline;
import dev.marline.transport.client.ProxyAddress;
import dev.marline.transport.client.ProxyException;
import dev.marline.transport.client.ViaProxy;
import java.io.IOException;
import java.net.Authenticator;
import java.net.Authenticator.RequestorType;
import java.net.PasswordAuthentication;
import java.security.SecureRandom;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The requests that opening one WebSocket takes: the first, and those that follow on an answer. There are three that something follows
 * on: a redirect, the server's wish to be told who asks, and the proxy's.
 */
final class OpeningSequence {
    /**
     * What a client does of its own accord.
     *
     * @param maxRedirects how many it follows
     * @param insecureRedirects whether it follows one from {@code wss} to {@code ws}
     */
    record Rules(
            int maxRedirects,
            boolean insecureRedirects,
            @Nullable Authenticator authenticator,
            @Nullable Cookies cookies,
            ProxyChoice proxies) {}

    /** Makes a client's handshake for an address. */
    @FunctionalInterface
    interface Handshakes {
        ClientHandshake handshake(WebSocketAddress address, Headers headers);
    }

    private static final int UNAUTHORIZED = 401;

    private final ClientTransport transport;
    private final ClientTransport.Settings settings;
    private final Rules rules;
    private final Handshakes handshakes;
    private final WebSocketListener listener;
    private final SecureRandom random;
    private final HandshakeDeadline deadline;
    private final CompletableFuture<WebSocket> result = new CompletableFuture<>();

    // What the next request is to be. Steps follow each other, in whichever thread: one has it in hand at a time.
    private WebSocketAddress address;
    private Headers headers;
    private @Nullable Authorization authorization;
    private Deque<Optional<ProxyAddress>> proxies = new ArrayDeque<>();
    private @Nullable Authorization proxyAuthorization;

    /** What the authenticator has said for each proxy, so that it is not asked again for each request. */
    private final Map<String, PasswordAuthentication> proxyUsers = new HashMap<>();

    private final Set<WebSocketAddress> visited = new HashSet<>();
    private int redirects;

    /** The request under way, to be given up with the whole. */
    private volatile @Nullable CompletableFuture<WebSocket> request;

    /** @param headers the application's own */
    OpeningSequence(
            ClientTransport transport,
            ClientTransport.Settings settings,
            Rules rules,
            Handshakes handshakes,
            WebSocketListener listener,
            SecureRandom random,
            WebSocketAddress address,
            Headers headers) {
        this.transport = transport;
        this.settings = settings;
        this.rules = rules;
        this.handshakes = handshakes;
        this.listener = listener;
        this.random = random;
        this.address = address;
        this.headers = headers;
        this.deadline = new HandshakeDeadline(settings.limits());
    }

    /**
     * Begins.
     *
     * @return fails with a {@link WebSocketException}; cancelling it gives all up
     * @throws IllegalArgumentException if the handshake cannot be made
     */
    CompletableFuture<WebSocket> begin() {
        result.whenComplete((socket, thrown) -> {
            CompletableFuture<WebSocket> underWay = request;
            if (socket == null && underWay != null) {
                underWay.cancel(false);
            }
        });
        if (rules.cookies() != null || rules.proxies().mayBlock()) {
            handshakes.handshake(address, headers); // Whoever calls learns at once if it makes no sense.
            apart(this::prepare, this::send);
        } else {
            try {
                send(prepare());
            } catch (WebSocketException e) {
                fail(e);
            }
        }
        return result;
    }

    // ---- a request

    /** Chooses the proxies, and fetches the cookies; both may block. */
    private Headers prepare() throws WebSocketException {
        visited.add(address);
        try {
            // A socket of this machine is reached straight.
            ProxyChoice choice = address.socketPath() == null ? rules.proxies() : ProxyChoice.NONE;
            proxies = new ArrayDeque<>(choice.to(address));
        } catch (IllegalArgumentException e) {
            throw new WebSocketException("there is no way to " + address + ": " + e.getMessage(), e);
        }
        proxyAuthorization = null;
        Cookies cookies = rules.cookies();
        return cookies == null ? headers : cookies.addTo(headers, address);
    }

    private void send(Headers all) {
        ProxyAddress proxy = proxies.element().orElse(null);
        if (proxy != null && settings.http().contains(HttpVersion.HTTP_3)) {
            throw new WebSocketException(
                    "HTTP/3 to " + address + " does not go through proxy " + proxy + ", whose connections are for TCP");
        }
        ClientHandshake handshake = handshakes.handshake(address, all);
        CompletableFuture<WebSocket> sent = transport.connect(
                address,
                authorization == null ? handshake : handshake.with(authorization),
                proxy == null ? null : new ViaProxy(proxy, proxyAuthorization),
                listener,
                settings,
                deadline);
        request = sent;
        if (result.isDone()) {
            sent.cancel(false);
        }
        sent.whenComplete((socket, thrown) -> {
            if (socket != null) {
                accepted(socket);
            } else {
                refused(thrown, all);
            }
        });
    }

    // ---- its answer

    private void accepted(WebSocket socket) {
        if (rules.cookies() == null) {
            finish(socket);
            return;
        }
        apart(
                () -> {
                    storeCookies(socket.handshake().response());
                    return socket;
                },
                this::finish);
        // Whoever was to get it does not, if the cookies could not be stored.
        result.whenComplete((given, thrown) -> {
            if (given == null) {
                socket.abort();
            }
        });
    }

    private void finish(WebSocket socket) {
        if (!result.complete(socket)) {
            socket.abort();
        }
    }

    private void refused(Throwable thrown, Headers sent) {
        if (deadline.isPast()) {
            fail(thrown);
        } else if (thrown instanceof HandshakeException refused) {
            apart(() -> next(refused), this::send);
        } else if (thrown instanceof ProxyException refused) {
            apart(
                    () -> {
                        nextThroughProxy(refused);
                        return sent;
                    },
                    this::send);
        } else {
            fail(thrown);
        }
    }

    /** What follows on the server's answer, if anything does: the headers of the next request. */
    private Headers next(HandshakeException refused) {
        storeCookies(refused.headers());
        if (refused.status() == UNAUTHORIZED) {
            authorization = answer(refused);
        } else if (rules.maxRedirects() > 0) {
            redirect(refused);
        } else {
            throw refused;
        }
        return prepare();
    }

    private void redirect(HandshakeException refused) {
        Redirect redirect;
        try {
            redirect = Redirect.of(address, refused.status(), refused.headers()).orElseThrow(() -> refused);
        } catch (IllegalArgumentException e) {
            throw because(refused, address + " redirects to what is no WebSocket's address: " + e.getMessage());
        }
        WebSocketAddress to = redirect.to();
        String shown = address + " redirects to " + to;
        redirects++;
        if (redirects > rules.maxRedirects()) {
            String again = visited.contains(to) ? ", where it came from before" : "";
            throw because(refused, shown + again + ", which is one more than the " + rules.maxRedirects() + " allowed");
        }
        if (redirect.losesTls() && !rules.insecureRedirects()) {
            throw because(refused, shown + ", without TLS, which is followed with allowInsecureRedirects() only");
        }
        if (!to.secure() && settings.http().contains(HttpVersion.HTTP_3)) {
            throw because(refused, shown + ", which is not a wss address, as HTTP/3 needs (RFC 9220)");
        }
        headers = redirect.headers(headers);
        address = to;
        authorization = null;
    }

    private static HandshakeException because(HandshakeException refused, String why) {
        return new HandshakeException(why, refused.status(), refused.headers(), refused.body());
    }

    // ---- who asks

    /** The answer to a server's challenge, of which it gets one. */
    private Authorization answer(HandshakeException refused) {
        Challenge challenge = Authorization.strongest(
                        Challenge.parse(refused.headers().all("WWW-Authenticate")))
                .orElse(null);
        if (challenge == null || authorization != null) {
            throw refused;
        }
        String userInfo = address.userInfo();
        if (userInfo != null && !challenge.scheme().equals("basic")) {
            // Basic was sent unasked, and is not what the server wants.
            String[] pair = userInfo.split(":", 2);
            return answer(
                    challenge, new PasswordAuthentication(pair[0], (pair.length == 2 ? pair[1] : "").toCharArray()));
        }
        return ask(RequestorType.SERVER, address.host(), address.port(), address.secure() ? "https" : "http", challenge)
                .map(user -> answer(challenge, user))
                .orElseThrow(() -> refused);
    }

    /** What follows on a proxy's answer, or on none, if anything does. */
    private void nextThroughProxy(ProxyException refused) {
        switch (refused.reason()) {
            case WANTS_USER -> answerProxy(refused);
            case NOT_REACHED -> nextProxy(refused);
            case REFUSED -> throw refused;
        }
    }

    private void answerProxy(ProxyException refused) {
        ProxyAddress proxy = proxies.element().orElseThrow();
        boolean socks = proxy.kind() == ProxyAddress.Kind.SOCKS5;
        Challenge challenge = socks
                ? new Challenge("socks5", Map.of("realm", "SOCKS authentication"))
                : Authorization.strongest(refused.challenges()).orElse(null);
        if (challenge == null || proxyAuthorization != null || (socks && proxy.user() != null)) {
            throw refused;
        }
        String name = proxy.toString();
        PasswordAuthentication user = proxy.user() == null ? proxyUsers.get(name) : proxy.user();
        if (user == null) {
            user = ask(RequestorType.PROXY, proxy.host(), proxy.port(), proxy.scheme(), challenge)
                    .orElseThrow(() -> refused);
            proxyUsers.put(name, user);
        }
        if (socks) {
            proxies.remove();
            proxies.addFirst(Optional.of(proxy.withUser(user)));
        } else {
            proxyAuthorization = answer(challenge, user);
        }
    }

    private void nextProxy(ProxyException refused) {
        rules.proxies().failed(address, proxies.remove().orElseThrow(), refused);
        proxyAuthorization = null;
        if (proxies.isEmpty()) {
            throw refused;
        }
    }

    private Optional<PasswordAuthentication> ask(
            RequestorType of, String host, int port, String protocol, Challenge challenge) {
        Authenticator authenticator = rules.authenticator();
        if (authenticator == null) {
            return Optional.empty();
        }
        try {
            return Optional.ofNullable(authenticator.requestPasswordAuthenticationInstance(
                    host,
                    null,
                    port,
                    protocol,
                    challenge.realm(),
                    challenge.scheme(),
                    address.httpUri().toURL(),
                    of));
        } catch (IOException e) {
            throw new WebSocketException(address + " is no address for an Authenticator: " + e.getMessage(), e);
        }
    }

    private Authorization answer(Challenge challenge, PasswordAuthentication user) {
        byte[] nonce = new byte[Authorization.NONCE_BYTES];
        random.nextBytes(nonce);
        return Authorization.answer(challenge, user.getUserName(), new String(user.getPassword()), nonce);
    }

    private void storeCookies(Headers response) {
        Cookies cookies = rules.cookies();
        if (cookies != null) {
            cookies.store(response, address);
        }
    }

    // ---- steps

    /** Does what may block in a thread of its own, and then goes on. */
    private <T> void apart(Callable<T> mayBlock, Consumer<T> then) {
        transport.call(mayBlock, deadline).whenComplete((value, thrown) -> {
            if (thrown != null) {
                fail(thrown);
            } else if (!result.isDone()) {
                guarded(() -> then.accept(value));
            }
        });
    }

    private void guarded(Runnable step) {
        try {
            step.run();
        } catch (RuntimeException e) {
            fail(e);
        }
    }

    private void fail(Throwable thrown) {
        if (thrown instanceof TimeoutException) {
            result.completeExceptionally(deadline.missedBy(address));
        } else if (thrown instanceof WebSocketException) {
            result.completeExceptionally(thrown);
        } else {
            result.completeExceptionally(
                    new WebSocketException("connecting to " + address + " failed: " + thrown.getMessage(), thrown));
        }
    }
}
