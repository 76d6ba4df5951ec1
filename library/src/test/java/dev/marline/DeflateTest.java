package dev.marline;

import static dev.marline.testing.Eventually.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import dev.marline.protocol.Role;
import dev.marline.protocol.deflate.PerMessageDeflate;
import dev.marline.protocol.handshake.HttpVersion;
import dev.marline.protocol.testing.ForBothRoles;
import dev.marline.protocol.testing.Frame;
import dev.marline.testing.Ends;
import dev.marline.testing.OverEachHttp;
import dev.marline.testing.RawDeflate;
import dev.marline.testing.RawPeer;
import dev.marline.testing.Recorder;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Messages that go compressed, and those that do not, as a peer sees them. The role is Marline's. */
@OverEachHttp
class DeflateTest {
    @Parameter
    private HttpVersion http;

    private static final String WORDS = "{\"name\":\"Möwe\",\"says\":\"Ahoy! → 😀\",\"to\":\"all hands on deck\"}";

    private final Recorder recorder = new Recorder();
    private final RawDeflate peerDeflate = new RawDeflate();
    private final PerMessageDeflate deflate = PerMessageDeflate.dedicated().build();

    @AfterEach
    void end() {
        peerDeflate.close();
    }

    private Ends open(Role marline, PerMessageDeflate deflate, WebSocketListener listener) {
        return Ends.open(http, marline, Limits.DEFAULT, deflate, listener);
    }

    private static final class Echo extends Recorder {
        @Override
        public void onMessage(WebSocket socket, Message message) {
            socket.send(message);
        }
    }

    @ForBothRoles
    void messagesGoCompressed(Role marline) {
        try (Ends ends = open(marline, deflate, recorder)) {
            byte[] bytes = new byte[100_000];
            ends.socket().send(WORDS);
            ends.socket().send(bytes);
            ends.socket().send("");

            assertThat(peerDeflate.decompress(ends.peer().readFrame())).isEqualTo(Frame.text(WORDS));
            Frame binary = ends.peer().readFrame();
            assertThat(binary.payload()).hasSizeLessThan(1000);
            assertThat(peerDeflate.decompress(binary)).isEqualTo(Frame.binary(bytes));
            assertThat(peerDeflate.decompress(ends.peer().readFrame())).isEqualTo(Frame.text(""));
        }
    }

    @ForBothRoles
    void compressedMessagesAreTaken(Role marline) {
        try (Ends ends = open(marline, deflate, recorder)) {
            for (String text : List.of(WORDS, "", WORDS)) {
                ends.peer().send(peerDeflate.compress(Frame.text(text)));

                assertThat(recorder.next("TEXT")).isEqualTo("TEXT '" + text + "'");
            }
        }
    }

    @ForBothRoles
    void aPeerNeedNotCompress(Role marline) {
        try (Ends ends = open(marline, deflate, recorder)) {
            ends.peer().send(Frame.text(WORDS), Frame.binary(new byte[10]));

            assertThat(recorder.next("TEXT")).isEqualTo("TEXT '" + WORDS + "'");
            assertThat(recorder.next()).isEqualTo("BINARY [10]");
        }
    }

    @ForBothRoles
    void anUncompressedMessageGoesAsItIs(Role marline) {
        try (Ends ends = open(marline, deflate, recorder)) {
            ends.socket().send(Message.text(WORDS).uncompressed());
            ends.socket().send(Message.binary(new byte[1000]).uncompressed());
            ends.socket().send(new BroadcastMessage(Message.text(WORDS)).uncompressed());
            ends.socket().send(new BroadcastMessage(Message.text(WORDS).uncompressed()));

            assertThat(ends.peer().readFrame()).isEqualTo(Frame.text(WORDS));
            assertThat(ends.peer().readFrame()).isEqualTo(Frame.binary(new byte[1000]));
            assertThat(ends.peer().readFrame()).isEqualTo(Frame.text(WORDS));
            assertThat(ends.peer().readFrame()).isEqualTo(Frame.text(WORDS));
        }
    }

    @ForBothRoles
    void aReceivedMessageCanBeSentOnUncompressed(Role marline) {
        Recorder plainEcho = new Recorder() {
            @Override
            public void onMessage(WebSocket socket, Message message) {
                socket.send(message.uncompressed());
            }
        };
        try (Ends ends = open(marline, deflate, plainEcho)) {
            ends.peer().send(peerDeflate.compress(Frame.text(WORDS)));

            assertThat(ends.peer().readFrame()).isEqualTo(Frame.text(WORDS));
        }
    }

    @ForBothRoles
    void aMessageOfTheThresholdIsCompressedAndASmallerOneIsNot(Role marline) {
        PerMessageDeflate from10 = PerMessageDeflate.dedicated().threshold(10).build();
        try (Ends ends = open(marline, from10, recorder)) {
            for (int times = 0; times < 2; times++) {
                ends.socket().send("123456789");
                ends.socket().send("1234567890");
                ends.socket().send(new BroadcastMessage(Message.text("123456789")));
                ends.socket().send(new BroadcastMessage(Message.text("1234567890")));

                assertThat(ends.peer().readFrame()).isEqualTo(Frame.text("123456789"));
                assertThat(peerDeflate.decompress(ends.peer().readFrame())).isEqualTo(Frame.text("1234567890"));
                assertThat(ends.peer().readFrame()).isEqualTo(Frame.text("123456789"));
                assertThat(peerDeflate.decompress(ends.peer().readFrame())).isEqualTo(Frame.text("1234567890"));
            }
        }
    }

    private int[] sizesOfTheSameTwice(Ends ends) {
        ends.socket().send(WORDS);
        ends.socket().send(WORDS);
        return Stream.generate(() -> ends.peer().readFrame().payload().length)
                .limit(2)
                .mapToInt(size -> size)
                .toArray();
    }

    @ForBothRoles
    void whatWasSaidBeforeIsReferredTo(Role marline) {
        try (Ends ends = open(marline, deflate, recorder)) {
            int[] sizes = sizesOfTheSameTwice(ends);

            assertThat(sizes[1]).isLessThan(sizes[0] / 4);
        }
    }

    @ForBothRoles
    void withASharedCompressorEachMessageStandsForItself(Role marline) {
        try (Ends ends = open(marline, PerMessageDeflate.shared().build(), recorder)) {
            int[] sizes = sizesOfTheSameTwice(ends);

            assertThat(sizes[1]).isEqualTo(sizes[0]);
        }
    }

    @ForBothRoles
    void figuresTellWhatWasSaved(Role marline) {
        try (Ends ends = open(marline, deflate, new Echo())) {
            Frame sent = peerDeflate.compress(Frame.binary(new byte[1000]));
            ends.peer().send(sent);
            Frame back = ends.peer().readFrame();

            assertThat(deflate.messageBytes()).isEqualTo(2000);
            assertThat(deflate.compressedBytes()).isEqualTo(sent.payload().length + back.payload().length);
        }
    }

    @ForBothRoles
    void aMessageThatInflatesToTheLimitIsTakenAndOneMoreByteIs1009(Role marline) {
        Limits limits = Limits.DEFAULT.withMaxMessageBytes(100_000);
        try (Ends ends = Ends.open(http, marline, limits, deflate, recorder)) {
            ends.peer().send(peerDeflate.compress(Frame.binary(new byte[100_000])));
            assertThat(recorder.next("BINARY")).isEqualTo("BINARY [100000]");

            ends.peer().send(peerDeflate.compress(Frame.binary(new byte[100_001])));
            assertFails(ends, 1009, "larger than 100000 bytes");
        }
    }

    @ForBothRoles
    void aBombIs1009(Role marline) {
        try (Ends ends = open(marline, deflate, recorder)) {
            Frame bomb = peerDeflate.compress(Frame.binary(new byte[64 << 20]));
            assertThat(bomb.payload()).hasSizeLessThan(Limits.DEFAULT.maxMessageBytes());
            ends.peer().send(bomb);

            assertFails(ends, 1009, "larger than 1048576 bytes");
            eventually("its memory is given back", () -> deflate.memory() == 0);
        }
    }

    @ForBothRoles
    void whatCannotBeInflatedIs1007(Role marline) {
        try (Ends ends = open(marline, deflate, recorder)) {
            // A block of the type that there is not.
            ends.peer().send(Frame.binary(new byte[] {0x07}).withRsv(RawDeflate.RSV1));

            assertFails(ends, 1007, "a compressed message is invalid");
        }
    }

    private void assertFails(Ends ends, int code, String why) {
        assertThat(ends.peer().readFrame().closeCode()).isEqualTo(code);
        assertThat(recorder.nextError())
                .isInstanceOfSatisfying(
                        ProtocolException.class, e -> assertThat(e.closeCode()).isEqualTo(code))
                .hasMessageContaining(why);
    }

    /** How a connection may end. */
    enum End {
        CLOSED_BY_THE_PEER {
            @Override
            void end(Ends ends) {
                ends.peer().send(Frame.close(1000, ""));
                assertThat(ends.peer().readFrame().closeCode()).isEqualTo(1000);
                ends.peer().close();
            }
        },
        CLOSED {
            @Override
            void end(Ends ends) {
                ends.socket().close();
                assertThat(ends.peer().readFrame().closeCode()).isEqualTo(1000);
                ends.peer().send(Frame.close(1000, "")).close();
            }
        },
        ABORTED {
            @Override
            void end(Ends ends) {
                ends.socket().abort();
            }
        },
        RESET {
            @Override
            void end(Ends ends) {
                ends.peer().reset();
            }
        },
        ENDED_WITHOUT_A_CLOSE {
            @Override
            void end(Ends ends) {
                ends.peer().close();
            }
        };

        abstract void end(Ends ends);
    }

    static Stream<Arguments> rolesAndEnds() {
        return Stream.of(Role.values()).flatMap(role -> Stream.of(End.values()).map(end -> Arguments.of(role, end)));
    }

    @ParameterizedTest
    @MethodSource("rolesAndEnds")
    void aConnectionThatHasEndedHoldsNothing(Role marline, End end) {
        try (Ends ends = open(marline, deflate, new Echo())) {
            ends.peer().send(peerDeflate.compress(Frame.text(WORDS)));
            assertThat(peerDeflate.decompress(ends.peer().readFrame())).isEqualTo(Frame.text(WORDS));
            assertThat(deflate.memory()).isPositive();

            end.end(ends);
            eventually("its memory is given back", () -> deflate.memory() == 0);
        }
    }

    @ParameterizedTest
    @MethodSource("rolesAndEnds")
    void oneThatEndsWithinAMessageHoldsNothing(Role marline, End end) {
        try (Ends ends = open(marline, deflate, recorder)) {
            ends.peer().send(peerDeflate.compress(Frame.text(WORDS)).notFinal(), Frame.ping("arrived"));
            assertThat(ends.peer().readFrame()).isEqualTo(Frame.pong("arrived"));
            assertThat(deflate.memory()).isPositive();

            end.end(ends);
            eventually("its memory is given back", () -> deflate.memory() == 0);
        }
    }

    @ForBothRoles
    void theBlockingStyleCompressesToo(Role marline) {
        try (Ends ends = Ends.openBlocking(http, marline, Limits.DEFAULT, deflate)) {
            CompletableFuture<Integer> echoed = CompletableFuture.supplyAsync(() -> {
                int count = 0;
                for (Message message : ends.blocking()) {
                    ends.blocking().send(message);
                    count++;
                }
                return count;
            });
            RawPeer peer = ends.peer();
            for (int i = 0; i < 100; i++) {
                peer.send(peerDeflate.compress(Frame.text(WORDS + i)), peerDeflate.compress(Frame.binary(new byte[i])));
            }
            for (int i = 0; i < 100; i++) {
                assertThat(peerDeflate.decompress(peer.readFrame())).isEqualTo(Frame.text(WORDS + i));
                assertThat(peerDeflate.decompress(peer.readFrame())).isEqualTo(Frame.binary(new byte[i]));
            }
            peer.send(Frame.close(1000, ""));
            assertThat(peer.readFrame()).isEqualTo(Frame.close(1000, ""));
            peer.close();

            assertThat(Ends.await(echoed)).isEqualTo(200);
        }
    }

    @ForBothRoles
    void theBlockingStyleSendsAnUncompressedMessageAsItIs(Role marline) {
        try (Ends ends = Ends.openBlocking(http, marline, Limits.DEFAULT, deflate)) {
            ends.blocking().send(Message.text(WORDS).uncompressed());

            assertThat(ends.peer().readFrame()).isEqualTo(Frame.text(WORDS));
        }
    }
}
