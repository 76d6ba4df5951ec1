package dev.marline;

import static dev.marline.testing.Eventually.eventually;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.marline.client.WebSocketClient;
import dev.marline.protocol.deflate.PerMessageDeflate;
import dev.marline.protocol.extension.Extension;
import dev.marline.protocol.handshake.HttpVersion;
import dev.marline.server.WebSocketServer;
import dev.marline.testing.OverEachHttp;
import dev.marline.testing.Patience;
import dev.marline.testing.Speaking;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * A {@link BroadcastMessage} to the sockets of several event loops, from these and from other threads at the same time, and among
 * messages that each socket is sent for itself.
 */
@OverEachHttp
class BroadcastTest {
    @Parameter
    private HttpVersion http;

    private static final int SOCKETS = 24;
    private static final int LOOPS = 3;
    private static final int OTHER_THREADS = 3;
    private static final int EACH = 60;

    /** What a speaker says: it repeats much of what others do, so that a context that is not the peer's is noticed. */
    private static List<String> wordsOf(String speaker) {
        return IntStream.range(0, EACH)
                .mapToObj(i -> "{\"from\":\"" + speaker + "\",\"number\":" + i + ",\"says\":\""
                        + "ahoy, all hands! ".repeat(i % 20) + "\"}")
                .toList();
    }

    /** Who says a name to it has it speak to all as that. */
    private static final class Room implements WebSocketListener {
        final Set<WebSocket> sockets = ConcurrentHashMap.newKeySet();

        @Override
        public void onOpen(WebSocket socket) {
            sockets.add(socket);
        }

        @Override
        public void onMessage(WebSocket socket, Message message) {
            speak(message.text());
        }

        void speak(String speaker) {
            int count = 0;
            for (String words : wordsOf(speaker)) {
                Message ownForEach = Message.text(words);
                Message toAll = new BroadcastMessage(ownForEach);
                Message next = count % 3 == 0 ? ownForEach : count % 7 == 0 ? toAll.uncompressed() : toAll;
                sockets.forEach(socket -> socket.send(next));
                count++;
            }
        }
    }

    private static final class Ear implements WebSocketListener {
        private final BlockingQueue<String> heard = new LinkedBlockingQueue<>();

        @Override
        public void onMessage(WebSocket socket, Message message) {
            heard.add(message.text());
        }

        @Override
        public void onClose(WebSocket socket, CloseReason reason) {
            heard.add("closed: " + reason);
        }

        List<String> next(int count) throws InterruptedException {
            List<String> next = new ArrayList<>();
            while (next.size() < count) {
                String text = heard.poll(Patience.SECONDS, SECONDS);
                assertThat(text)
                        .as("message %d of %d, after %s", next.size(), count, next)
                        .isNotNull()
                        .doesNotStartWith("closed");
                next.add(text);
            }
            return next;
        }
    }

    static Stream<Named<Extension[]>> extensions() {
        return Stream.of(
                Named.of("none", new Extension[0]),
                Named.of("dedicated", of(PerMessageDeflate.dedicated())),
                Named.of("small windows", of(PerMessageDeflate.dedicated().serverMaxWindowBits(8))),
                Named.of("with a threshold", of(PerMessageDeflate.dedicated().threshold(100))),
                Named.of("shared", of(PerMessageDeflate.shared())));
    }

    private static Extension[] of(PerMessageDeflate.Builder deflate) {
        return new Extension[] {deflate.build()};
    }

    @ParameterizedTest
    @MethodSource("extensions")
    void eachHearsAllThatEachSpeakerSaysInItsOrder(Extension... extensions) throws Exception {
        Room room = new Room();
        try (WebSocketServer server = Speaking.server(http)
                        .host("127.0.0.1")
                        .threads(LOOPS)
                        .extensions(extensions)
                        .webSocket("/", room)
                        .start();
                WebSocketClient client =
                        Speaking.client(http).threads(2).extensions(extensions).build()) {
            List<Ear> ears = new ArrayList<>();
            List<WebSocket> sockets = new ArrayList<>();
            for (int i = 0; i < SOCKETS; i++) {
                ears.add(new Ear());
                sockets.add(client.connect(Speaking.address(http, server.port()), ears.get(i))
                        .join());
            }
            eventually("all are there", () -> room.sockets.size() == SOCKETS);

            List<String> speakers = new ArrayList<>();
            // The server deals its sockets out to the loops in turn.
            for (int i = 0; i < LOOPS; i++) {
                speakers.add("socket " + i);
                sockets.get(i).send("socket " + i);
            }
            for (int i = 0; i < OTHER_THREADS; i++) {
                String speaker = "thread " + i;
                speakers.add(speaker);
                new Thread(() -> room.speak(speaker)).start();
            }

            for (Ear ear : ears) {
                List<String> heard = ear.next(speakers.size() * EACH);
                for (String speaker : speakers) {
                    assertThat(heard)
                            .filteredOn(words -> words.contains(speaker))
                            .isEqualTo(wordsOf(speaker));
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("extensions")
    void socketsThatAgreedOnDifferentThingsHearTheSame(Extension... extensions) throws Exception {
        Room room = new Room();
        try (WebSocketServer server = Speaking.server(http)
                .host("127.0.0.1")
                .extensions(extensions)
                .webSocket("/", room)
                .start()) {
            List<Ear> ears = new ArrayList<>();
            List<WebSocketClient> clients = new ArrayList<>();
            for (Extension[] own : extensions().map(Named::getPayload).toList()) {
                WebSocketClient client = Speaking.client(http).extensions(own).build();
                clients.add(client);
                ears.add(new Ear());
                client.connect(Speaking.address(http, server.port()), ears.get(ears.size() - 1))
                        .join();
            }
            eventually("all are there", () -> room.sockets.size() == clients.size());

            room.speak("the speaker");

            for (Ear ear : ears) {
                assertThat(ear.next(EACH)).isEqualTo(wordsOf("the speaker"));
            }
            clients.forEach(WebSocketClient::close);
        }
    }
}
