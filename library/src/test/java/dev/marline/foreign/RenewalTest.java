package dev.marline.foreign;

import static dev.marline.testing.Eventually.eventually;
import static java.nio.file.StandardCopyOption.ATOMIC_MOVE;
import static java.nio.file.StandardCopyOption.REPLACE_EXISTING;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.marline.CloseReason;
import dev.marline.Message;
import dev.marline.WebSocket;
import dev.marline.WebSocketException;
import dev.marline.WebSocketListener;
import dev.marline.client.WebSocketClient;
import dev.marline.protocol.handshake.HttpVersion;
import dev.marline.server.WebSocketServer;
import dev.marline.testing.Logs;
import dev.marline.testing.RunningProgram;
import dev.marline.testing.Tools;
import dev.marline.tls.ClientTls;
import dev.marline.tls.ServerTls;
import dev.marline.tls.TlsIdentity;
import dev.marline.tls.TlsProvider;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A server's certificate is replaced while it runs; openssl looks at what new connections get. */
@ParameterizedClass(name = "{0}")
@EnumSource(names = {"JDK", "BORINGSSL"})
@ExtendWith(RunningProgram.ShownOnFailure.class)
class RenewalTest {
    private static final Duration OFTEN = Duration.ofMillis(20);

    @TempDir
    private Path folder;

    @Parameter
    private TlsProvider provider;

    private Path certificate() {
        return folder.resolve("cert.pem");
    }

    private Path key() {
        return folder.resolve("key.pem");
    }

    /** Makes a certificate for {@code localhost} with another name before it, which tells it from others. */
    private Certificate make(String name) {
        try {
            return Certificate.make(
                    Files.createDirectories(folder.resolve(name)), "DNS:" + name + ",DNS:localhost,IP:127.0.0.1");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Puts it where the server reads, as those do who renew certificates: beside the old one, and then in its place. */
    private void place(Certificate made) throws IOException {
        replace(made.certificate(), certificate());
        replace(made.key(), key());
    }

    private static void replace(Path from, Path to) throws IOException {
        Path beside = Files.copy(from, to.resolveSibling(to.getFileName() + ".new"), REPLACE_EXISTING);
        Files.move(beside, to, ATOMIC_MOVE);
    }

    private ServerTls tls() {
        return ServerTls.of(TlsIdentity.pem(certificate(), key())).provider(provider);
    }

    private static WebSocketServer.Builder builder() {
        return WebSocketServer.builder()
                .host("127.0.0.1")
                .limits(Setup.LIMITS)
                .webSocket("/", (socket, message) -> socket.send(message));
    }

    /** What a new connection gets, to which openssl has to find the certificate in order. */
    private static boolean gets(WebSocketServer server, Certificate newest, String... options) {
        List<String> command = new ArrayList<>(List.of(
                "sh",
                "-c",
                "exec \"$0\" \"$@\" </dev/null",
                Tools.find("openssl"),
                "s_client",
                "-connect",
                "127.0.0.1:" + server.port(),
                "-CAfile",
                newest.certificate().toString(),
                "-verify_return_error"));
        command.addAll(List.of(options));
        try (RunningProgram openssl = RunningProgram.start(command.toArray(String[]::new))) {
            return openssl.awaitEnd().contains("Verify return code: 0 (ok)");
        }
    }

    /** A connection that goes on: what it has heard, and how it has ended if it has. */
    private static final class Talker implements WebSocketListener {
        private final AtomicInteger heard = new AtomicInteger();
        private final Queue<String> ends;

        Talker(Queue<String> ends) {
            this.ends = ends;
        }

        @Override
        public void onMessage(WebSocket socket, Message message) {
            heard.incrementAndGet();
        }

        @Override
        public void onClose(WebSocket socket, CloseReason reason) {
            ends.add(reason.toString());
        }
    }

    /** One in twenty is over HTTP/3. Each has a message on the way when the certificate is replaced. */
    @Test
    void aHundredRenewalsDisturbNoneOfTwoHundredConnectionsThatTalk() throws Exception {
        Certificate first = make("first");
        place(first);
        ClientTls trusting = ClientTls.trusting(first.certificate()).provider(provider);
        try (WebSocketServer server = builder()
                        .http(HttpVersion.HTTP_1_1, HttpVersion.HTTP_3)
                        .tls(tls())
                        .start();
                WebSocketClient overTcp = MarlineClient.builder()
                        .tls(trusting)
                        .http(HttpVersion.HTTP_1_1)
                        .build();
                WebSocketClient overQuic = MarlineClient.builder()
                        .tls(trusting)
                        .http(HttpVersion.HTTP_3)
                        .build()) {
            Queue<String> ends = new ConcurrentLinkedQueue<>();
            List<Talker> talkers = new ArrayList<>();
            List<WebSocket> sockets = new ArrayList<>();
            for (int i = 0; i < 200; i++) {
                Talker talker = new Talker(ends);
                talkers.add(talker);
                sockets.add((i % 20 == 0 ? overQuic : overTcp)
                        .connect("wss://localhost:" + server.port() + "/", talker)
                        .join());
            }
            for (int i = 0; i < 100; i++) {
                Certificate next = make("renewed-" + i);
                place(next);
                sockets.forEach(socket -> socket.send("x".repeat(2_000)));
                server.reloadTls();
                assertThat(gets(server, next)).as("renewal %d", i).isTrue();
                int expected = i + 1;
                eventually("each has its echo", () -> talkers.stream().allMatch(each -> each.heard.get() == expected));
                if (i % 10 == 0) {
                    assertThatWebSocketsOpen(server, next);
                }
            }
            assertThat(ends).isEmpty();
            assertThat(server.webSockets()).isEqualTo(200);
        }
    }

    /** Over TCP and over QUIC. */
    private void assertThatWebSocketsOpen(WebSocketServer server, Certificate newest) {
        for (HttpVersion http : List.of(HttpVersion.HTTP_1_1, HttpVersion.HTTP_3)) {
            try (WebSocketClient client = MarlineClient.builder()
                    .tls(ClientTls.trusting(newest.certificate()).provider(provider))
                    .http(http)
                    .build()) {
                MarlineEnd end = MarlineClient.connect(client, "wss://localhost:" + server.port() + "/");
                end.says(Said.text("hello"));
                assertThat(end.hears()).isEqualTo(Said.text("hello"));
                end.socket().close();
                assertThat(end.hears()).isEqualTo(Said.close(1000, ""));
            }
        }
        eventually("they are gone", () -> server.webSockets() == 200);
    }

    @Test
    void filesThatAreReplacedAreSeen() throws Exception {
        place(make("first"));
        try (WebSocketServer server = builder().tls(tls().watchFiles(OFTEN)).start()) {
            Certificate second = make("second");
            place(second);
            eventually("the second is shown", () -> gets(server, second));
            Certificate third = make("third");
            place(third);
            eventually("the third is shown", () -> gets(server, third));
        }
    }

    /** As Kubernetes gives secrets to a container. */
    @Test
    void aLinkThatPointsElsewhereIsSeen() throws Exception {
        Certificate first = make("first");
        Certificate second = make("second");
        Path current = Files.createSymbolicLink(
                folder.resolve("current"), first.certificate().getParent());
        ServerTls tls = ServerTls.of(TlsIdentity.pem(current.resolve("cert.pem"), current.resolve("key.pem")))
                .provider(provider);
        try (WebSocketServer server = builder().tls(tls.watchFiles(OFTEN)).start()) {
            assertThat(gets(server, first)).isTrue();
            Path next = Files.createSymbolicLink(
                    folder.resolve("next"), second.certificate().getParent());
            Files.move(next, current, ATOMIC_MOVE);
            eventually("the second is shown", () -> gets(server, second));
        }
    }

    @Test
    void whoIsTrustedIsReadAgainToo() throws Exception {
        Authority one = Authority.make(folder.resolve("one"), "One");
        Authority two = Authority.make(folder.resolve("two"), "Two");
        Certificate client = two.issue(folder.resolve("client"), "DNS:client.example");
        Certificate server = one.issue(folder.resolve("server"), "DNS:localhost");
        Path trusted = Files.copy(one.certificate(), folder.resolve("trusted.pem"));
        ServerTls tls = ServerTls.of(TlsIdentity.pem(server.certificate(), server.key()))
                .provider(provider)
                .requireClientCertificate(trusted);
        try (WebSocketServer running = builder().tls(tls).start();
                WebSocketClient connecting = MarlineClient.builder()
                        .tls(ClientTls.trusting(one.certificate())
                                .provider(provider)
                                .identity(TlsIdentity.pem(client.certificate(), client.key())))
                        .build()) {
            String address = "wss://localhost:" + running.port() + "/";
            assertThatExceptionOfType(WebSocketException.class)
                    .isThrownBy(() -> MarlineClient.connect(connecting, address));
            replace(two.certificate(), trusted);
            running.reloadTls();
            MarlineClient.connect(connecting, address).socket().abort();
        }
    }

    // ---- what goes wrong

    /** What may come to be there, and what is said of it. */
    enum Wrong {
        MISSING("key.pem does not exist"),
        HALF_WRITTEN("key.pem has no private key in PEM"),
        OF_ANOTHER_CERTIFICATE("does not have the key of the certificate in");

        private final String said;

        Wrong(String said) {
            this.said = said;
        }

        void place(Path key, Supplier<Certificate> another) throws IOException {
            switch (this) {
                case MISSING -> Files.delete(key);
                case HALF_WRITTEN ->
                    Files.writeString(key, Files.readString(key).substring(0, 100));
                case OF_ANOTHER_CERTIFICATE -> replace(another.get().key(), key);
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void afterABadFileTheOldCertificateStays(Wrong wrong) throws Exception {
        Certificate first = make("first");
        place(first);
        try (WebSocketServer server = builder().tls(tls()).start()) {
            wrong.place(key(), () -> make("another"));
            assertThatExceptionOfType(WebSocketException.class)
                    .isThrownBy(server::reloadTls)
                    .withMessageContaining(wrong.said);
            assertThat(gets(server, first)).isTrue();

            Certificate second = make("second");
            place(second);
            server.reloadTls();
            assertThat(gets(server, second)).isTrue();
        }
    }

    @ParameterizedTest
    @EnumSource
    void aBadFileThatIsSeenIsLoggedOnce(Wrong wrong) throws Exception {
        Certificate first = make("first");
        place(first);
        try (Logs logs = Logs.capture();
                WebSocketServer server = builder().tls(tls().watchFiles(OFTEN)).start()) {
            wrong.place(key(), () -> make("another"));
            String logged = logs.lines().poll(RunningProgram.PATIENCE_SECONDS, TimeUnit.SECONDS);
            assertThat(logged)
                    .startsWith("WARNING the server goes on with the certificates it has: ")
                    .contains(wrong.said);
            // It has been looked at again by the time that openssl has come and gone.
            assertThat(gets(server, first)).isTrue();
            assertThat(gets(server, first)).isTrue();
            assertThat(logs.lines()).isEmpty();

            Certificate second = make("second");
            place(second);
            eventually("the second is shown", () -> gets(server, second));
            String told = "INFO TLS files of the server were read again: [CN=Marline's tests, valid until ";
            eventually("it is logged", () -> logs.lines().stream().anyMatch(line -> line.startsWith(told)));
        }
    }

    @Test
    void aServerWithoutTlsHasNothingToReload() {
        try (WebSocketServer server = builder().start()) {
            assertThatIllegalStateException()
                    .isThrownBy(server::reloadTls)
                    .withMessage("the server does not speak TLS");
        }
    }

    @Test
    void anIntervalIsMoreThanNothing() throws Exception {
        place(make("first"));
        for (Duration interval : List.of(Duration.ZERO, Duration.ofSeconds(-1))) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> tls().watchFiles(interval))
                    .withMessage("the interval is " + interval + ", expected more than nothing");
        }
    }
}
