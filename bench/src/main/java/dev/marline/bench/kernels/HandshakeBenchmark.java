package dev.marline.bench.kernels;

import dev.marline.protocol.deflate.PerMessageDeflate;
import dev.marline.protocol.extension.Extension;
import dev.marline.protocol.handshake.HandshakeAnswer;
import dev.marline.protocol.handshake.HandshakeRequest;
import dev.marline.protocol.handshake.Headers;
import dev.marline.protocol.handshake.HttpVersion;
import dev.marline.protocol.handshake.ServerHandshake;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** The server's answer to a browser's opening handshake, RFC 6455 §4.2.2. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class HandshakeBenchmark {
    private static final Headers HEADERS = Headers.of(
            "Host", "example.com",
            "Connection", "Upgrade",
            "Upgrade", "websocket",
            "Origin", "https://example.com",
            "Sec-WebSocket-Version", "13",
            "Accept-Encoding", "gzip, deflate, br",
            "Accept-Language", "en-US,en;q=0.9",
            "Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==",
            "Sec-WebSocket-Extensions", "permessage-deflate; client_max_window_bits");

    private final HandshakeRequest request = new HandshakeRequest("GET", "/chat", HttpVersion.HTTP_1_1, HEADERS);
    private final List<Extension> deflate =
            List.of(PerMessageDeflate.dedicated().build());

    @Benchmark
    public HandshakeAnswer answer() {
        return ServerHandshake.answer(request, List.of(), List.of());
    }

    @Benchmark
    public HandshakeAnswer answerWithDeflate() {
        return ServerHandshake.answer(request, List.of(), deflate);
    }
}
