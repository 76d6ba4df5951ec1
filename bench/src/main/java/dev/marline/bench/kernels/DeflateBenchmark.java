package dev.marline.bench.kernels;

import dev.marline.Message;
import dev.marline.bench.load.Messages;
import dev.marline.protocol.Opcode;
import dev.marline.protocol.deflate.PerMessageDeflate;
import dev.marline.protocol.extension.DecodingException;
import dev.marline.protocol.extension.ExtensionOffer;
import dev.marline.protocol.extension.MessageDecoder;
import dev.marline.protocol.extension.MessageEncoder;
import dev.marline.protocol.extension.NegotiatedExtension;
import dev.marline.protocol.extension.PayloadBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** permessage-deflate of a server, one message of 1 KiB JSON after the other. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class DeflateBenchmark {
    private static final int MESSAGES = 128;
    private static final int SIZE = 1024;

    /** Whether messages refer to earlier ones. */
    @Param({"true", "false"})
    boolean contextTakeover;

    private final ThreadMemory memory = new ThreadMemory();
    private final PayloadBuffer encoded = new PayloadBuffer(memory);
    private final byte[][] plain = new byte[MESSAGES][];
    private final byte[][] compressed = new byte[MESSAGES][];
    private int next;

    @SuppressWarnings("NullAway.Init") // set before anything is measured, as the next
    private MessageEncoder encoder;

    @SuppressWarnings("NullAway.Init")
    private MessageDecoder decoder;

    @Setup
    public void negotiate() {
        List<Message> messages = Messages.json(MESSAGES, SIZE);
        for (int i = 0; i < MESSAGES; i++) {
            plain[i] = messages.get(i).toByteArray();
            // By a new encoder each, so that the order in which they are decoded does not matter.
            compressed[i] = compress(negotiated().newEncoder(memory), plain[i]);
        }
        encoder = negotiated().newEncoder(memory);
        decoder = negotiated().newDecoder(memory);
    }

    private NegotiatedExtension negotiated() {
        PerMessageDeflate deflate =
                (contextTakeover ? PerMessageDeflate.dedicated() : PerMessageDeflate.shared()).build();
        return deflate.accept(new ExtensionOffer(deflate.name())).orElseThrow();
    }

    private byte[] compress(MessageEncoder with, byte[] message) {
        with.encode(Opcode.TEXT, true, message, 0, message.length, encoded);
        byte[] bytes = Arrays.copyOf(encoded.array(), encoded.length());
        encoded.release();
        return bytes;
    }

    @Benchmark
    public int deflate() {
        byte[] message = plain[next++ % MESSAGES];
        encoder.encode(Opcode.TEXT, true, message, 0, message.length, encoded);
        int length = encoded.length();
        encoded.release();
        return length;
    }

    @Benchmark
    public int inflate() throws DecodingException {
        byte[] message = compressed[next++ % MESSAGES];
        int[] length = {0};
        decoder.begin(NegotiatedExtension.RSV1);
        decoder.decode(message, 0, message.length, true, (bytes, offset, count, end) -> length[0] += count);
        return length[0];
    }
}
