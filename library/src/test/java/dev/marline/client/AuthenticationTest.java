package dev.marline.client;

import static dev.marline.client.ClientAnswerTest.failureOf;
import static org.assertj.core.api.Assertions.assertThat;

import dev.marline.HandshakeException;
import dev.marline.Limits;
import dev.marline.WebSocket;
import dev.marline.WebSocketException;
import dev.marline.protocol.handshake.HttpVersion;
import dev.marline.server.HandshakeCheck;
import dev.marline.server.HttpRequest;
import dev.marline.server.HttpResponse;
import dev.marline.server.WebSocketRoute;
import dev.marline.server.WebSocketServer;
import dev.marline.testing.Ends;
import dev.marline.testing.OverEachHttp;
import dev.marline.testing.Speaking;
import java.net.Authenticator;
import java.net.PasswordAuthentication;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;

/** A client that is asked who it is. */
@OverEachHttp
class AuthenticationTest {
    /** "sailor" and "rope" */
    private static final String BASIC = "Basic c2FpbG9yOnJvcGU=";

    private static final String DIGEST = "Digest realm=\"harbour\", nonce=\"n1\", qop=\"auth\", algorithm=SHA-256";

    @Parameter
    HttpVersion http;

    private final BlockingQueue<HttpRequest> requests = new LinkedBlockingQueue<>();
    private final Asked asked = new Asked();
    private WebSocketServer server;

    /** Knows a sailor, and what it was asked. */
    private static final class Asked extends Authenticator {
        private final List<String> questions = new ArrayList<>();
        private Optional<String> password = Optional.of("rope");

        @Override
        protected PasswordAuthentication getPasswordAuthentication() {
            questions.add(getRequestorType() + " " + getRequestingScheme() + " " + getRequestingPrompt() + " "
                    + getRequestingURL());
            return password.map(text -> new PasswordAuthentication("sailor", text.toCharArray()))
                    .orElse(null);
        }
    }

    @AfterEach
    void close() {
        server.close();
    }

    /** Lets in who sends Basic's header, or a right digest, and challenges the others. */
    private void start(String... challenges) {
        WebSocketRoute route = WebSocketRoute.listener((socket, message) -> {}).check(request -> {
            requests.add(request);
            String authorization = request.headers().first("Authorization").orElse("");
            if (authorization.equals(BASIC) || isRightDigest(authorization)) {
                return HandshakeCheck.accept();
            }
            HttpResponse response = HttpResponse.error(401, "who are you?");
            for (String challenge : challenges) {
                response = response.header("WWW-Authenticate", challenge);
            }
            return HandshakeCheck.refuse(response);
        });
        server = Speaking.server(http)
                .host("127.0.0.1")
                .webSocket("/pier", route)
                .start();
    }

    // RFC 7616 §3.4, for the challenge above; over HTTP/2 and HTTP/3 the request's method is CONNECT.
    private boolean isRightDigest(String authorization) {
        Matcher parts =
                Pattern.compile(".*cnonce=\"(\\w+)\".*response=\"(\\w+)\".*").matcher(authorization);
        if (!authorization.startsWith("Digest username=\"sailor\", realm=\"harbour\", uri=\"/pier?x\"")
                || !parts.matches()) {
            return false;
        }
        String method = http == HttpVersion.HTTP_1_1 ? "GET" : "CONNECT";
        return parts.group(2)
                .equals(sha256(sha256("sailor:harbour:rope") + ":n1:00000001:" + parts.group(1) + ":auth:"
                        + sha256(method + ":/pier?x")));
    }

    private static String sha256(String text) {
        try {
            return HexFormat.of()
                    .formatHex(MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    private String address() {
        return Speaking.address(http, server.port()) + "/pier?x";
    }

    private String uri() {
        return address().replaceFirst("^ws", "http");
    }

    private CompletableFuture<WebSocket> connect(WebSocketClient client) {
        return client.connect(address(), (socket, message) -> {});
    }

    @Test
    void theAuthenticatorAnswersBasic() {
        start("Basic realm=\"harbour\"");
        try (WebSocketClient client = Speaking.client(http).authenticator(asked).build()) {
            assertThat(Ends.await(connect(client)).isOpen()).isTrue();
            assertThat(asked.questions).containsExactly("SERVER basic harbour " + uri());
            assertThat(requests)
                    .extracting(request -> request.headers().contains("Authorization"))
                    .containsExactly(false, true);
        }
    }

    @Test
    void theStrongestThatIsOfferedIsAnswered() {
        start("Basic realm=\"harbour\", Digest realm=\"harbour\", nonce=\"n0\", qop=auth", DIGEST);
        try (WebSocketClient client = Speaking.client(http).authenticator(asked).build()) {
            assertThat(Ends.await(connect(client)).isOpen()).isTrue();
            assertThat(asked.questions).containsExactly("SERVER digest harbour " + uri());
        }
    }

    @Test
    void theUserOfTheAddressAnswersDigest() {
        start(DIGEST);
        try (WebSocketClient client = Speaking.client(http).build()) {
            String address = address().replace("//", "//sailor:rope@");
            assertThat(Ends.await(client.connect(address, (socket, message) -> {}))
                            .isOpen())
                    .isTrue();
        }
    }

    @Test
    void aWrongPasswordIsSentOnce() {
        start(DIGEST);
        asked.password = Optional.of("wrong");
        try (WebSocketClient client = Speaking.client(http).authenticator(asked).build()) {
            assertThat(failureOf(connect(client)))
                    .isInstanceOfSatisfying(
                            HandshakeException.class,
                            refused -> assertThat(refused.status()).isEqualTo(401))
                    .hasMessageNotContaining("wrong");
            assertThat(requests).hasSize(2);
            assertThat(asked.questions).hasSize(1);
        }
    }

    @Test
    void anAuthenticatorThatDoesNotKnowLeavesItAtThat() {
        start("Basic realm=\"harbour\"");
        asked.password = Optional.empty();
        try (WebSocketClient client = Speaking.client(http).authenticator(asked).build()) {
            assertThat(failureOf(connect(client))).isInstanceOf(HandshakeException.class);
            assertThat(requests).hasSize(1);
        }
    }

    @Test
    void nobodyIsAskedForWhatCannotBeAnswered() {
        start("Negotiate");
        try (WebSocketClient client = Speaking.client(http).authenticator(asked).build()) {
            assertThat(failureOf(connect(client))).isInstanceOf(HandshakeException.class);
            assertThat(asked.questions).isEmpty();
        }
    }

    @Test
    void anAuthenticatorThatFailsIsAClearError() {
        start("Basic realm=\"harbour\"");
        Authenticator broken = new Authenticator() {
            @Override
            protected PasswordAuthentication getPasswordAuthentication() {
                throw new IllegalStateException("the safe is locked");
            }
        };
        try (WebSocketClient client =
                Speaking.client(http).authenticator(broken).build()) {
            assertThat(failureOf(connect(client)))
                    .isInstanceOf(WebSocketException.class)
                    .hasMessageContaining("the safe is locked");
        }
    }

    @Test
    void theHandshakeTimeoutIsForTheAuthenticatorToo() {
        start("Basic realm=\"harbour\"");
        CountDownLatch over = new CountDownLatch(1);
        Authenticator slow = new Authenticator() {
            @Override
            protected PasswordAuthentication getPasswordAuthentication() {
                try {
                    over.await();
                } catch (InterruptedException closed) {
                    Thread.currentThread().interrupt();
                }
                return null;
            }
        };
        try (WebSocketClient client = Speaking.client(http)
                .limits(Limits.DEFAULT.withHandshakeTimeout(Duration.ofSeconds(1)))
                .authenticator(slow)
                .build()) {
            assertThat(failureOf(connect(client)))
                    .isInstanceOf(WebSocketException.class)
                    .hasMessageContaining("took longer than 1000 ms");
        } finally {
            over.countDown();
        }
    }
}
