package dev.marline.transport.server;

import dev.marline.Handshake;
import dev.marline.Limits;
import dev.marline.WebSocketListener;
import dev.marline.protocol.handshake.HandshakeAnswer;
import dev.marline.protocol.handshake.Headers;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;

/** What becomes of a request: a page, a WebSocket, or something that is not known yet. */
public sealed interface Reply {
    /** An ordinary HTTP response; its length is added to the headers. */
    record Page(int status, Headers headers, Body body) implements Reply {
        /** A line of plain text. */
        public static Page text(int status, Headers headers, String line) {
            byte[] utf8 = (line + "\n").getBytes(StandardCharsets.UTF_8);
            return new Page(
                    status,
                    headers.with("Content-Type", "text/plain; charset=utf-8"),
                    new Body.Bytes(ByteBuffer.wrap(utf8)));
        }
    }

    /**
     * The request becomes a WebSocket.
     *
     * @param listener makes the listener of this connection
     */
    record Open(
            HandshakeAnswer.Accepted accepted,
            Map<String, String> pathParameters,
            Limits limits,
            boolean pauseReadingWhenCongested,
            Function<Handshake, WebSocketListener> listener)
            implements Reply {}

    /**
     * A reply that somebody who may block is still to give.
     *
     * @param reply completes in any thread; if it fails, the client is told 500
     */
    record Later(CompletionStage<Reply> reply) implements Reply {}

    /** The content of a response. */
    sealed interface Body {
        long length();

        /** What is between a buffer's position and limit. */
        record Bytes(ByteBuffer content) implements Body {
            @Override
            public long length() {
                return content.remaining();
            }
        }

        /** The first {@code length} bytes of a file. */
        record File(Path path, long length) implements Body {}
    }
}
